import type { Header } from '../../api/types';
import { CopyButton } from '../../ui/CopyButton';
import { keyName, meaningOfTag, readAuthenticationResults, readTags, shownTag, verdictOf, type Verdict } from './authentication';

const marks: Record<Verdict, string> = { good: 'is-good', bad: 'is-bad', warn: 'is-warn', none: '' };

/** What servers found when they checked the mail, and the signatures they checked. */
export function AuthenticationView({ fields }: { fields: Header[] }) {
  const named = (pattern: RegExp) => fields.filter((field) => pattern.test(field.name));
  const results = named(/^(arc-)?authentication-results$/i);
  const signatures = named(/^(dkim-signature|arc-seal|arc-message-signature|x-google-dkim-signature)$/i);
  const spf = named(/^received-spf$/i);
  if (results.length + signatures.length + spf.length === 0) return null;
  return (
    <section aria-labelledby="headers-authentication" data-testid="headers-authentication">
      <h2 id="headers-authentication">Authentication</h2>
      <p class="muted">As the mail states it; nothing of it was checked here.</p>
      {results.map((field, i) => (
        <Results key={i} field={field} />
      ))}
      {spf.map((field, i) => (
        <p key={i} class="card padded">
          <strong>Received-SPF</strong> {field.value}
        </p>
      ))}
      {signatures.map((field, i) => (
        <Signature key={i} field={field} />
      ))}
    </section>
  );
}

function Results({ field }: { field: Header }) {
  const { server, instance, results } = readAuthenticationResults(field.value);
  return (
    <div class="card results">
      <table class="table" data-testid="authentication-results">
        <caption>
          {field.name} {instance !== undefined && `${instance} `}by <strong>{server || 'a server without a name'}</strong>
        </caption>
        <thead>
          <tr>
            <th scope="col">Method</th>
            <th scope="col">Result</th>
            <th scope="col">About</th>
          </tr>
        </thead>
        <tbody>
          {results.length === 0 && (
            <tr>
              <td colSpan={3}>Nothing was checked.</td>
            </tr>
          )}
          {results.map((result, i) => (
            <tr key={i} data-testid={`authentication-${result.method}`}>
              <th scope="row">{result.method}</th>
              <td>
                <span class={`badge ${marks[verdictOf(result.result)]}`}>{result.result}</span>
              </td>
              <td>
                {result.properties.map((property) => (
                  <div key={property.name}>
                    <span class="muted">{property.name}</span> <code>{property.value}</code>
                  </div>
                ))}
                {result.reason && <div>{result.reason}</div>}
                {result.comments.length > 0 && <div class="muted">{result.comments.join('; ')}</div>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Signature({ field }: { field: Header }) {
  const tags = readTags(field.value);
  const key = keyName(tags);
  const isArc = /^arc/i.test(field.name);
  const domain = tags.find((tag) => tag.name === 'd')?.value;
  return (
    <details class="card signature" data-testid={field.name.toLowerCase()}>
      <summary>
        <strong>{field.name}</strong> {domain && <span class="muted">of {domain}</span>}
      </summary>
      <dl class="facts">
        {tags.map(({ name, value }) => (
          <div key={name}>
            <dt>
              <code>{name}</code> <span class="muted">{meaningOfTag(name, isArc)}</span>
            </dt>
            <dd>
              <code>{shownTag(name, value)}</code>
            </dd>
          </div>
        ))}
        {key && (
          <div>
            <dt>Key in DNS</dt>
            <dd>
              <code>{key}</code> <CopyButton text={key} label="Copy the name of the key" />
            </dd>
          </div>
        )}
      </dl>
    </details>
  );
}
