import type { Header, Message } from '../../api/types';
import { duration, fullTime } from '../../ui/format';
import { Icon } from '../../ui/Icon';
import { readDate } from './date';
import { hopsOf, type Hop } from './received';

const slow = 60_000;

/** The servers that the mail passed, from its author to here. */
export function Way({ message, fields }: { message: Message; fields: Header[] }) {
  const hops = hopsOf(fields.filter((field) => field.name.toLowerCase() === 'received').map((field) => field.value));
  const written = readDate(fields.find((field) => field.name.toLowerCase() === 'date')?.value ?? '');
  const arrived = new Date(message.receivedAt);
  const last = hops.findLast((hop) => hop.time)?.time;
  const first = hops.find((hop) => hop.time)?.time;
  const start = written ?? first;
  return (
    <section aria-labelledby="headers-way" data-testid="headers-way">
      <h2 id="headers-way">The way here</h2>
      {start && (
        <p class="muted" data-testid="way-total">
          {hops.length === 0 ? 'No other server passed it on.' : `${hops.length} ${hops.length === 1 ? 'server' : 'servers'} passed it on.`} From the first time stated until it
          came: {duration(arrived.getTime() - start.getTime())}.
        </p>
      )}
      <ol class="way card">
        {written && (
          <li data-testid="way-written">
            <Time time={written} />
            <div>
              <h3>Written</h3>
              <p class="muted">Date, as the author’s clock says.</p>
            </div>
          </li>
        )}
        {hops.map((hop, i) => (
          <Stop key={i} hop={hop} number={i + 1} delay={i === 0 || hop === hops.find((each) => each.time) ? between(written, hop.time) : hop.delay} />
        ))}
        <li data-testid="way-arrived">
          <Time time={arrived} />
          <div>
            <h3>Came here</h3>
            <p class="muted">
              From {message.envelope.helo || 'a client without a name'}
              {message.envelope.remoteAddress && ` (${message.envelope.remoteAddress})`}, {message.envelope.tls ? `encrypted with ${message.envelope.tls}` : 'not encrypted'}
              {message.envelope.user && `, signed in as ${message.envelope.user}`}
            </p>
            <Delay of={between(last ?? written, arrived)} />
          </div>
        </li>
      </ol>
    </section>
  );
}

const between = (from: Date | undefined, to: Date | undefined): number | undefined => (from && to ? to.getTime() - from.getTime() : undefined);

function Stop({ hop, number, delay }: { hop: Hop; number: number; delay: number | undefined }) {
  return (
    <li data-testid={`way-${number}`}>
      <Time time={hop.time} />
      <div>
        <h3>{hop.by ?? hop.remarks[0] ?? 'A server without a name'}</h3>
        <p>
          {hop.from && (
            <>
              from <strong>{hop.from}</strong>
              {hop.fromSeen && <span class="muted"> ({hop.fromSeen})</span>}
            </>
          )}
          {hop.for && <> for {hop.for}</>}
        </p>
        <p class="way-marks">
          {hop.with && <span class="badge">{hop.with}</span>}
          {hop.tls ? <span class="badge is-good">{hop.tls}</span> : hop.from && <span class="badge is-warn">no encryption stated</span>}
          {hop.isAuthenticated && <span class="badge is-good">signed in</span>}
          {hop.byProgram && <span class="badge">{hop.byProgram}</span>}
          {hop.via && <span class="badge">via {hop.via}</span>}
          {hop.id && <span class="muted">id {hop.id}</span>}
        </p>
        <Delay of={delay} />
      </div>
    </li>
  );
}

const Time = ({ time }: { time: Date | undefined }) =>
  time ? (
    <time dateTime={time.toISOString()} title={fullTime(time)}>
      {time.toLocaleTimeString('en', { hourCycle: 'h23' })}
      <small class="muted">{time.toLocaleDateString('en', { day: 'numeric', month: 'short', year: 'numeric' })}</small>
    </time>
  ) : (
    <span class="muted">no time</span>
  );

function Delay({ of: delay }: { of: number | undefined }) {
  if (delay === undefined) return null;
  // Received counts whole seconds: less than one is no sign of a wrong clock.
  if (delay <= -1000)
    return (
      <p class="way-delay is-skew" data-testid="way-skew">
        <Icon name="warning" /> {duration(-delay)} before the stop above: one of the clocks is wrong
      </p>
    );
  return (
    <p class={`way-delay ${delay >= slow ? 'is-slow' : ''}`} data-testid="way-delay">
      {delay >= slow && <Icon name="warning" />} after {duration(Math.max(0, delay))}
    </p>
  );
}
