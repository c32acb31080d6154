import { api, messagePath, request } from '../../api/client';
import type { Attachment, Message, Part } from '../../api/types';
import { Await } from '../../ui/Await';
import { bytes } from '../../ui/format';
import { Icon } from '../../ui/Icon';
import { useLoaded } from '../../ui/useLoaded';
import { readHeader } from './encodedWords';
import { nestedIn, partOf, type Nested } from './nested';

const headerSize = 64 * 1024;
const textSize = 256 * 1024;
const shown = ['from', 'to', 'cc', 'subject', 'date'];

interface Inner {
  header: { name: string; value: string }[];
  text: string;
  isFromHtml: boolean;
  attachments: Part[];
}

/** A mail within the mail. */
export function MessagePreview({ message, attachment, path }: { message: Message; attachment: Attachment; path: string }) {
  const inner = useLoaded(path, () => load(message, attachment, path));
  return (
    <Await from={inner}>
      {({ header, text, isFromHtml, attachments }) => (
        <div class="nested" data-testid="nested-message">
          <dl>
            {shown.map((name) => {
              const field = header.find((each) => each.name.toLowerCase() === name);
              return (
                field && (
                  <div key={name} data-testid={`nested-${name}`}>
                    <dt>{field.name}</dt>
                    <dd>{field.value}</dd>
                  </div>
                )
              );
            })}
          </dl>
          {isFromHtml && <p class="muted">It has HTML only; this is the text in it.</p>}
          <pre class="attachment-text" tabIndex={0} aria-label="The text of the message" data-testid="nested-text">
            {text || 'There is no text in it.'}
          </pre>
          {attachments.length > 0 && (
            <ul class="nested-files" data-testid="nested-attachments">
              {attachments.map((part) => (
                <li key={part.path}>
                  <a href={messagePath(message, `parts/${part.path}`)} download={part.fileName ?? `part-${part.path}`}>
                    <Icon name="clip" /> {part.fileName ?? part.contentType}
                  </a>{' '}
                  <span class="muted">
                    {part.contentType}, {bytes(part.size)}
                  </span>
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </Await>
  );
}

async function load(message: Message, attachment: Attachment, path: string): Promise<Inner> {
  const [beginning, parts] = await Promise.all([api.beginning(path, headerSize), api.parts(message)]);
  const part = partOf(attachment, parts);
  const nested: Nested = part ? nestedIn(part, parts) : { text: undefined, html: undefined, attachments: [] };
  const header = readHeader(beginning.text);
  // Sent as octets of no known type it was not taken apart; then its source says more than nothing.
  if (!part || part.children === 0) return { header, text: beginning.text.replace(/^[^]*?\r?\n\r?\n/, ''), isFromHtml: false, attachments: [] };
  const text = nested.text ? await textOfPart(message, nested.text) : undefined;
  if (text !== undefined || !nested.html) return { header, text: text ?? '', isFromHtml: false, attachments: nested.attachments };
  const [{ readHtml, textOf }, html] = await Promise.all([import('../checks/html'), textOfPart(message, nested.html)]);
  return { header, text: textOf(readHtml(html).root), isFromHtml: true, attachments: nested.attachments };
}

async function textOfPart(message: Message, part: Part): Promise<string> {
  if (part.size === 0) return '';
  const path = messagePath(message, `parts/${part.path}`);
  if (!part.charset || /^(utf-?8|us-ascii)$/i.test(part.charset)) return (await api.beginning(path, textSize)).text;
  const octets = await (await request(path, { headers: { Range: `bytes=0-${textSize - 1}` } })).arrayBuffer();
  try {
    return new TextDecoder(part.charset).decode(octets);
  } catch {
    return new TextDecoder('windows-1252').decode(octets);
  }
}
