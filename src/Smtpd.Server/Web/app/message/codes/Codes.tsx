import { api } from '../../api/client';
import { keyOf, type Code, type Link } from '../../api/types';
import { Await } from '../../ui/Await';
import { CopyButton } from '../../ui/CopyButton';
import { Icon } from '../../ui/Icon';
import { plural } from '../../ui/format';
import { useLoaded } from '../../ui/useLoaded';
import type { TabProps } from '../tab';
import './codes.css';

/** One-time codes, links that let somebody in, and every other link. */
export default function Codes({ message }: TabProps) {
  const found = useLoaded(keyOf(message), () => Promise.all([api.codes(message), api.links(message)]));
  return (
    <Await from={found}>
      {([codes, links]) => (
        <div class="tab-body codes">
          {codes.length > 0 && (
            <section>
              <h2>To get in</h2>
              <ul class="code-cards">{codes.map((each) => <CodeCard key={each.value} code={each} />)}</ul>
            </section>
          )}
          <section>
            <h2>{links.length === 0 ? 'No links' : plural(links.length, 'link')}</h2>
            {codes.length === 0 && <p class="muted" data-testid="no-codes">No one-time code and no link to sign in or to confirm was found.</p>}
            {links.length > 0 && <Links links={links} />}
          </section>
        </div>
      )}
    </Await>
  );
}

const CodeCard = ({ code }: { code: Code }) => (
  <li class="card code-card" data-testid="code">
    {code.kind === 'code' ? (
      <strong class="code-value" data-testid="code-value">{code.value}</strong>
    ) : (
      <a class="code-link" href={code.value} target="_blank" rel="noreferrer noopener" data-testid="code-link">{code.value}</a>
    )}
    <CopyButton text={code.value} label="Copy" testId="copy-code" />
    <p class="muted">{code.context}</p>
  </li>
);

const isWeb = (url: string): boolean => /^https?:/i.test(url);

const Links = ({ links }: { links: readonly Link[] }) => (
  <table class="table" data-testid="links">
    <thead><tr><th>Text</th><th>Goes to</th><th><span class="visually-hidden">Copy</span></th></tr></thead>
    <tbody>
      {links.map((each, index) => (
        <tr key={index} data-testid="link">
          <td>{each.text || <span class="muted">{each.place}</span>}</td>
          <td class="link-url">{isWeb(each.url) ? <a href={each.url} target="_blank" rel="noreferrer noopener">{each.url} <Icon name="external" /></a> : <span class="mono">{each.url}</span>}</td>
          <td><CopyButton text={each.url} label="Copy the address" /></td>
        </tr>
      ))}
    </tbody>
  </table>
);
