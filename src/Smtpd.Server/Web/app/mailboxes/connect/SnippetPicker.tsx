import { kept } from '../../state/kept';
import { CopyButton } from '../../ui/CopyButton';
import { snippets, type Snippet } from './snippets';
import type { ApiValues, SmtpValues } from './values';

const language = kept<string>('connect.language', 'curl', (value) => snippets.some((snippet) => snippet.id === value));

const groups: Snippet['group'][] = ['Command line', 'Languages', 'Frameworks', 'Tests'];

/** The same in the language of one's choice. */
export function SnippetPicker({ smtp, rest }: { smtp: SmtpValues; rest: ApiValues }) {
  const snippet = snippets.find((each) => each.id === language.value) ?? snippets[0]!;
  const code = snippet.code(smtp, rest);
  return (
    <section class="card" aria-labelledby="connect-snippets" data-testid="connect-snippets">
      <h2 id="connect-snippets">In your program</h2>
      {groups.map((group) => (
        <div key={group} class="snippet-group" role="group" aria-label={group}>
          <span class="muted" aria-hidden="true">{group}</span>
          <div>
            {snippets
              .filter((each) => each.group === group)
              .map((each) => (
                <button key={each.id} type="button" class="button is-plain" aria-pressed={each === snippet} onClick={() => (language.value = each.id)} data-testid={`snippet-${each.id}`}>
                  {each.title}
                </button>
              ))}
          </div>
        </div>
      ))}
      <figure class="snippet">
        <figcaption>
          <span>
            {snippet.title} {snippet.file && <code class="muted">{snippet.file}</code>}
          </span>
          <CopyButton text={code} label={`Copy the code for ${snippet.title}`} testId="snippet-copy" />
        </figcaption>
        <pre tabIndex={0} aria-label={`Code for ${snippet.title}`} data-testid="snippet-code">
          {code}
        </pre>
      </figure>
    </section>
  );
}
