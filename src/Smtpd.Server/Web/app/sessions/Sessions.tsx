import { useState } from 'preact/hooks';
import { api } from '../api/client';
import type { Session } from '../api/types';
import { Dialogue } from '../message/session/Dialogue';
import { isAdministrator } from '../state/mailboxes';
import { hrefTo, type Scope } from '../state/route';
import { Await } from '../ui/Await';
import { Icon } from '../ui/Icon';
import { duration, fullTime } from '../ui/format';
import { useLoaded } from '../ui/useLoaded';
import './sessions.css';

/** Connections that ended without mail, or with mail that was refused: why a test mail did not arrive. */
export default function Sessions({ scope }: { scope: Scope | undefined }) {
  const [turn, setTurn] = useState(0);
  const mailboxId = typeof scope === 'number' && !isAdministrator.value ? scope : undefined;
  const sessions = useLoaded(`${mailboxId} ${turn}`, () => api.sessions(mailboxId));
  return (
    <section class="sessions" aria-labelledby="sessions-title" data-testid="sessions-view">
      <header class="pane-header">
        <a class="button is-plain is-icon only-phone" href={hrefTo({ view: 'none' })} aria-label="Back to the list"><Icon name="back" /></a>
        <h1 id="sessions-title">Connections without mail</h1>
        <span class="spacer" />
        <button type="button" class="button" onClick={() => setTurn(turn + 1)} data-testid="refresh-sessions"><Icon name="rotate" /> Look again</button>
      </header>
      <div class="scroll tab-body">
        <Await from={sessions}>
          {(all) => (all.length === 0 ? <p class="empty">Every connection so far has brought mail.</p> : <ul class="session-list">{all.map((each) => <li key={each.id}><SessionCard session={each} /></li>)}</ul>)}
        </Await>
      </div>
    </section>
  );
}

const SessionCard = ({ session }: { session: Session }) => (
  <details class="card" data-testid="session">
    <summary>
      <span class="mono">{session.remoteAddress ?? 'unknown'}</span>
      {session.helo && <span class="muted">as {session.helo}</span>}
      {session.user && <span class="badge">{session.user}</span>}
      {session.refused && <span class="badge is-bad">refused</span>}
      {session.messages > 0 && <span class="badge is-good">{session.messages} accepted</span>}
      <span class="spacer" />
      <time class="muted" dateTime={session.startedAt} title={fullTime(new Date(session.startedAt))}>{new Date(session.startedAt).toLocaleTimeString('en')}, {duration(Date.parse(session.endedAt) - Date.parse(session.startedAt))}</time>
    </summary>
    {session.transcript && <Dialogue text={session.transcript} />}
  </details>
);
