import { useState } from 'preact/hooks';
import { api, messagePath } from '../../api/client';
import { keyOf, type Message, type Part } from '../../api/types';
import { Await } from '../../ui/Await';
import { CodeView } from '../../ui/code/CodeView';
import { CopyButton } from '../../ui/CopyButton';
import { Icon } from '../../ui/Icon';
import { bytes } from '../../ui/format';
import { useLoaded } from '../../ui/useLoaded';
import type { TabProps } from '../tab';
import { depthOf, isText } from './partTree';
import './parts.css';

/** What the message is made of. */
export default function Parts({ message }: TabProps) {
  const parts = useLoaded(keyOf(message), () => api.parts(message));
  const [chosen, setChosen] = useState('1');
  return (
    <Await from={parts}>
      {(all) => (
        <div class="parts">
          <ul class="part-tree" aria-label="MIME parts" data-testid="part-tree">
            {all.map((part) => (
              <li key={part.path} style={{ paddingLeft: `${depthOf(part) * 18}px` }}>
                <button type="button" class="part" aria-pressed={part.path === chosen} onClick={() => setChosen(part.path)} data-testid="part" data-path={part.path}>
                  <span class="mono">{part.contentType}</span>
                  {part.fileName && <span>{part.fileName}</span>}
                  {part.attachment && <span class="badge">{part.inline ? 'inline' : 'attachment'}</span>}
                  {part.children === 0 && <span class="muted">{bytes(part.size)}</span>}
                </button>
              </li>
            ))}
          </ul>
          {all.filter((part) => part.path === chosen).map((part) => <PartView key={part.path} message={message} part={part} />)}
        </div>
      )}
    </Await>
  );
}

function PartView({ message, part }: { message: Message; part: Part }) {
  const href = messagePath(message, `parts/${part.path}`);
  const facts: [string, string | null][] = [
    ['Part', part.path],
    ['Type', part.contentType],
    ...part.parameters.map((each): [string, string] => [each.name, each.value]),
    ['Disposition', part.disposition],
    ['File name', part.fileName],
    ['Content-ID', part.contentId && `<${part.contentId}>`],
    ['Size, decoded', part.children > 0 ? null : `${bytes(part.size)} (${part.size.toLocaleString('en')} octets)`],
    ['SHA-256', part.sha256],
  ];
  return (
    <section class="part-view" aria-label={`Part ${part.path}`} data-testid="part-view">
      <dl class="facts tab-body">
        {facts.filter(([, value]) => value).map(([name, value]) => <div key={name}><dt>{name}</dt><dd class="mono">{value}</dd></div>)}
      </dl>
      {part.sha256 && (
        <p class="tab-body part-actions">
          <a class="button" href={href} download data-testid="part-download"><Icon name="download" /> Download</a>
          <CopyButton text={part.sha256} label="Copy the SHA-256" />
        </p>
      )}
      {isText(part) && <PartText path={href} />}
    </section>
  );
}

const portion = 256 * 1024;

function PartText({ path }: { path: string }) {
  const beginning = useLoaded(path, () => api.beginning(path, portion));
  return (
    <Await from={beginning}>
      {({ text, isWhole }) => <CodeView text={text} tokens={[{ text }]} testId="part-text"><span class="muted">{isWhole ? 'Decoded' : `The first ${bytes(portion)}, decoded`}</span></CodeView>}
    </Await>
  );
}
