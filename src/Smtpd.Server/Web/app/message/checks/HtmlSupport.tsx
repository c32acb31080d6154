import { useMemo, useState } from 'preact/hooks';
import type { Message } from '../../api/types';
import { kept } from '../../state/kept';
import { Await } from '../../ui/Await';
import { plural } from '../../ui/format';
import { useLoaded } from '../../ui/useLoaded';
import { detect } from './features';
import type { HtmlDocument } from './html';
import { LineLinks } from './LineLinks';
import { percent, ShareBar } from './ShareBar';
import { byFamily, clientsOf, meanOf, notesOf, sharesOf, supportOf, wellKnown, type Device, type FamilySupport, type FeatureSupport, type SupportData } from './support';

const isListOfText = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === 'string');
const hiddenFamilies = kept<string[]>('checks.hiddenFamilies', [], isListOfText);
const hiddenDevices = kept<string[]>('checks.hiddenDevices', [], isListOfText);

const devices: [device: Device, title: string][] = [['desktop', 'Desktop'], ['mobile', 'Mobile'], ['web', 'Web']];

export function HtmlSupport({ message, document }: { message: Message; document: HtmlDocument }) {
  const data = useLoaded<SupportData>('caniemail', async () => (await import('caniemail/caniemail.json')).default);
  return (
    <section aria-labelledby="checks-html" data-testid="checks-html">
      <h2 id="checks-html">HTML in mail clients</h2>
      <Await from={data}>{(known) => <Support message={message} document={document} data={known} />}</Await>
    </section>
  );
}

function Support({ message, document, data }: { message: Message; document: HtmlDocument; data: SupportData }) {
  const used = useMemo(() => detect(document, (id) => message.attachments.find((each) => each.contentId === id)?.contentType), [document]);
  const clients = useMemo(() => clientsOf(data), [data]);
  const everywhere = useMemo(() => supportOf(data, used, clients), [data, used]);

  const isShown = (client: { family: string; device: Device }) => !hiddenFamilies.value.includes(client.family) && !hiddenDevices.value.includes(client.device);
  const shown = clients.filter(isShown);
  const features = supportOf(data, used, shown);
  const lacking = features.filter((feature) => sharesOf(feature.clients).full < 1);
  const whole = features.filter((feature) => sharesOf(feature.clients).full === 1);
  const mean = meanOf(features);

  return (
    <>
      <div class="support-mean card" data-testid="support-mean">
        <p>
          <strong>{percent(mean.full)}</strong> of the {plural(features.length, 'feature')} used work in an average client of the {shown.length} listed, {percent(mean.partial)} partly.
        </p>
        <ShareBar shares={mean} />
        <p class="muted">
          Each client counts the same: the data of caniemail.com, of {data.last_update_date.slice(0, 10)}, has no market shares. The newest version of each client was taken.
        </p>
      </div>
      <Filters everywhere={everywhere} />
      {lacking.length === 0 ? (
        <p data-testid="support-whole">Everything that is used works in all of them.</p>
      ) : (
        <ul class="features card" data-testid="support-features">
          {lacking.map((feature) => (
            <Feature key={feature.slug} feature={feature} />
          ))}
        </ul>
      )}
      {whole.length > 0 && (
        <details class="features-whole">
          <summary data-testid="support-more">{plural(whole.length, 'feature')} supported by all</summary>
          <p class="muted">{whole.map((feature) => feature.title).join(' · ')}</p>
        </details>
      )}
    </>
  );
}

function Filters({ everywhere }: { everywhere: FeatureSupport[] }) {
  const [isWide, setWide] = useState(false);
  const clients = everywhere[0]?.clients.map((each) => each.client) ?? [];
  const families = [...new Map(clients.map((client) => [client.family, client.familyTitle]))];
  const shareOf = (isMeant: (client: { family: string; device: Device }) => boolean) =>
    meanOf(everywhere.map((feature) => ({ ...feature, clients: feature.clients.filter((each) => isMeant(each.client)) }))).full;
  const offered = isWide ? families : families.filter(([family]) => wellKnown.includes(family));
  return (
    <div class="support-filters">
      <fieldset>
        <legend>Devices</legend>
        {devices.map(([device, title]) => (
          <Choice key={device} name={device} title={title} hidden={hiddenDevices} share={shareOf((client) => client.device === device)} />
        ))}
      </fieldset>
      <fieldset>
        <legend>Clients</legend>
        {offered.map(([family, title]) => (
          <Choice key={family} name={family} title={title} hidden={hiddenFamilies} share={shareOf((client) => client.family === family)} />
        ))}
        <button type="button" class="button is-plain" aria-expanded={isWide} onClick={() => setWide(!isWide)} data-testid="support-families-more">
          {isWide ? 'Fewer' : `${families.length - offered.length} others`}
        </button>
      </fieldset>
    </div>
  );
}

function Choice({ name, title, hidden, share }: { name: string; title: string; hidden: typeof hiddenFamilies; share: number }) {
  const isOn = !hidden.value.includes(name);
  const toggle = () => (hidden.value = isOn ? [...hidden.value, name] : hidden.value.filter((each) => each !== name));
  return (
    <label class="choice">
      <input type="checkbox" checked={isOn} onChange={toggle} data-testid={`support-filter-${name}`} />
      {title} <span class="muted">{percent(share)}</span>
    </label>
  );
}

const words: Record<FamilySupport['support'], string> = { none: 'Not supported', mixed: 'Differs', partial: 'Partly supported', full: 'Supported', unknown: 'Not known' };

function Feature({ feature }: { feature: FeatureSupport }) {
  const shares = sharesOf(feature.clients);
  const families = byFamily(feature.clients);
  const notes = notesOf(feature.clients.filter((each) => each.support !== 'full'));
  return (
    <li data-testid={`feature-${feature.slug}`}>
      <details>
        <summary>
          <span class="feature-title">
            <code>{feature.title}</code>
            <span class="muted"> {plural(feature.lines.length, 'line')}</span>
          </span>
          <span class="feature-share">
            {percent(shares.full)}
            {shares.partial > 0 && <span class="muted"> + {percent(shares.partial)} partly</span>}
          </span>
          <ShareBar shares={shares} />
        </summary>
        <dl class="feature-families">
          {(['none', 'mixed', 'partial', 'full'] as const).map((support) => {
            const some = families.filter((family) => family.support === support);
            return (
              some.length > 0 && (
                <div key={support}>
                  <dt>
                    <span class={`badge ${{ none: 'is-bad', mixed: 'is-warn', partial: 'is-warn', full: 'is-good' }[support]}`}>{words[support]}</span>
                  </dt>
                  <dd>{support === 'mixed' ? some.map((family) => <Mixed key={family.title} family={family} />) : some.map((family) => family.title).join(', ')}</dd>
                </div>
              )
            );
          })}
        </dl>
        {notes.length > 0 && (
          <ul class="feature-notes">
            {notes.map((note) => (
              <li key={note.text}>
                {note.text} <span class="muted">({note.clients.join('; ')})</span>
              </li>
            ))}
          </ul>
        )}
        <LineLinks lines={feature.lines} />
      </details>
    </li>
  );
}

const platformOf = (title: string): string => title.slice(title.indexOf(', ') + 2);

const Mixed = ({ family }: { family: FamilySupport }) => (
  <p>
    {family.title}: {family.clients.map((each) => `${platformOf(each.client.title)} ${{ full: 'yes', partial: 'partly', none: 'no', unknown: '?' }[each.support]}`).join(', ')}
  </p>
);
