import { useState } from 'preact/hooks';
import { messagePath } from '../../api/client';
import type { Attachment, Message } from '../../api/types';
import { CopyButton } from '../../ui/CopyButton';
import { bytes, plural } from '../../ui/format';
import { Icon, type IconName } from '../../ui/Icon';
import type { TabProps } from '../tab';
import './attachments.css';
import { CalendarPreview } from './CalendarPreview';
import { kindOf, type Kind } from './kind';
import { MessagePreview } from './MessagePreview';
import { TextPreview } from './TextPreview';

/** The files that came with the mail. */
export default function Attachments({ message }: TabProps) {
  const { attachments } = message;
  if (attachments.length === 0)
    return (
      <p class="empty" data-testid="attachments-none">
        The mail has no attachments.
      </p>
    );
  const total = attachments.reduce((sum, attachment) => sum + attachment.size, 0);
  return (
    <div class="attachments" data-testid="attachments">
      <h2>
        {plural(attachments.length, 'attachment')} <span class="muted">{bytes(total)}</span>
      </h2>
      <ul>
        {attachments.map((attachment) => (
          <Item key={`${message.mailboxId}/${message.uid}/${attachment.index}`} message={message} attachment={attachment} />
        ))}
      </ul>
    </div>
  );
}

const icons: Record<Kind, IconName> = { picture: 'image', pdf: 'file', calendar: 'calendar', message: 'inbox', text: 'terminal', other: 'clip' };

// What is small and harmless is open at once.
const isOpenAtFirst = (kind: Kind): boolean => kind === 'picture' || kind === 'calendar';

function Item({ message, attachment }: { message: Message; attachment: Attachment }) {
  const kind = kindOf(attachment);
  const [isOpen, setOpen] = useState(isOpenAtFirst(kind));
  const name = attachment.fileName ?? `Attachment ${attachment.index}`;
  const path = messagePath(message, `attachments/${attachment.index}`);
  const id = `attachment-${attachment.index}`;
  return (
    <li class="attachment card" data-testid={id}>
      <div class="attachment-head">
        <Icon name={icons[kind]} />
        <div class="attachment-facts">
          <h3 data-testid={`${id}-name`}>{name}</h3>
          <p class="muted">
            {attachment.contentType}, {bytes(attachment.size)} {attachment.inline && <span class="badge">in the text</span>}
          </p>
          <p class="attachment-hash muted">
            <span title="SHA-256">{attachment.sha256}</span>
            <CopyButton text={attachment.sha256} label={`Copy the SHA-256 of ${name}`} testId={`${id}-hash`} />
          </p>
        </div>
        <div class="attachment-buttons">
          {kind !== 'other' && (
            <button type="button" class="button" aria-expanded={isOpen} aria-controls={`${id}-preview`} onClick={() => setOpen(!isOpen)} data-testid={`${id}-show`}>
              {isOpen ? 'Hide' : 'Show'}
              <span class="visually-hidden"> {name}</span>
            </button>
          )}
          <a class="button" href={path} download={name} data-testid={`${id}-download`}>
            <Icon name="download" /> Download<span class="visually-hidden"> {name}</span>
          </a>
        </div>
      </div>
      {isOpen && (
        <div class="attachment-preview" id={`${id}-preview`} data-testid={`${id}-preview`}>
          <Preview kind={kind} message={message} attachment={attachment} path={path} name={name} />
        </div>
      )}
    </li>
  );
}

interface PreviewProps {
  kind: Kind;
  message: Message;
  attachment: Attachment;
  path: string;
  name: string;
}

function Preview({ kind, message, attachment, path, name }: PreviewProps) {
  switch (kind) {
    case 'picture':
      return <Picture path={`${path}?inline=1`} name={name} />;
    case 'pdf':
      return (
        <>
          <iframe class="attachment-pdf" src={`${path}?inline=1`} title={name} data-testid="pdf" />
          <p>
            <a href={`${path}?inline=1`} target="_blank" rel="noreferrer" data-testid="pdf-open">
              Open {name} in a new tab
            </a>
          </p>
        </>
      );
    case 'calendar':
      return <CalendarPreview path={path} />;
    case 'message':
      return <MessagePreview message={message} attachment={attachment} path={path} />;
    case 'text':
      return <TextPreview path={path} size={attachment.size} contentType={attachment.contentType} />;
    default:
      return null;
  }
}

function Picture({ path, name }: { path: string; name: string }) {
  const [size, setSize] = useState<{ width: number; height: number } | 'broken' | undefined>();
  if (size === 'broken')
    return (
      <p class="muted" role="alert" data-testid="picture-broken">
        The picture cannot be shown. It may not be of the type that it says.
      </p>
    );
  return (
    <figure>
      <img
        class="attachment-picture"
        src={path}
        alt={name}
        loading="lazy"
        onLoad={({ currentTarget }) => setSize({ width: currentTarget.naturalWidth, height: currentTarget.naturalHeight })}
        onError={() => setSize('broken')}
        data-testid="picture"
      />
      <figcaption class="muted">{size && `${size.width} × ${size.height} pixels`}</figcaption>
    </figure>
  );
}
