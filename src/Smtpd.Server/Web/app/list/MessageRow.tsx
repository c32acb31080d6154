import { keyOf, type Highlight, type Message } from '../api/types';
import { Icon } from '../ui/Icon';
import { ago, fullTime } from '../ui/format';
import { now } from '../ui/now';
import { hrefOfMessage, route } from '../state/route';
import { mailboxes } from '../state/mailboxes';
import { fresh, selected, selectTo, toggle } from './messages';
import { Marked } from './Marked';

export function MessageRow({ message }: { message: Message }) {
  const key = keyOf(message);
  const isSelected = selected.value.has(key);
  const open = route.value.message;
  const isOpen = open !== undefined && keyOf(open) === key;
  const classes = ['message-row', !message.flags.read && 'is-unread', isOpen && 'is-open', isSelected && 'is-selected', fresh.value.has(key) && 'is-fresh'];

  const onCheck = (event: MouseEvent) => {
    event.stopPropagation();
    if (event.shiftKey) {
      event.preventDefault();
      selectTo(message);
    } else toggle(message);
  };
  const onClick = (event: MouseEvent) => {
    if (!event.shiftKey) return;
    event.preventDefault();
    selectTo(message);
  };

  return (
    <div class={classes.filter(Boolean).join(' ')} data-testid="message-row" data-uid={message.uid}>
      <label class="message-check">
        <input type="checkbox" checked={isSelected} onClick={onCheck} aria-label={`Select ${message.subject || 'message without a subject'}`} data-testid="message-check" />
      </label>
      <a class="message-link" href={hrefOfMessage(message)} onClick={onClick} aria-current={isOpen ? 'true' : undefined} data-testid="message-link">
        <span class="message-line">
          {!message.flags.read && <span class="message-dot"><span class="visually-hidden">Unread.</span></span>}
          <span class="message-from"><Marked text={nameOf(message)} highlight={find(message, 'from')} /></span>
          {message.flags.pinned && <Icon name="pin" />}
          {message.attachments.some((each) => !each.inline) && <Icon name="clip" />}
          <time dateTime={message.receivedAt} title={fullTime(new Date(message.receivedAt))}>{ago(new Date(message.receivedAt), now.value)}</time>
        </span>
        <span class="message-subject">
          {message.subject ? <Marked text={message.subject} highlight={find(message, 'subject')} /> : <em class="muted">No subject</em>}
        </span>
        <span class="message-line">
          {route.value.scope === 'all' && <span class="badge">{mailboxes.value.find((each) => each.id === message.mailboxId)?.name ?? message.mailboxId}</span>}
          {message.tags.slice(0, 3).map((tag) => <span class="badge is-tag" key={tag}>{tag}</span>)}
          <span class="message-snippet"><Excerpt message={message} /></span>
        </span>
      </a>
    </div>
  );
}

export const nameOf = (message: Message): string => message.from?.name || message.from?.address || message.envelope.from || 'Nobody';

const find = (message: Message, field: string): Highlight | undefined => message.highlights?.find((each) => each.field === field);

/** Where a search found its words; else how the message begins. */
function Excerpt({ message }: { message: Message }) {
  const found = message.highlights?.find((each) => each.field !== 'subject' && each.field !== 'from');
  if (found) return <Marked text={found.text} highlight={found} />;
  return <>{message.snippet ?? (message.warnings.length > 0 ? '' : 'Not read yet')}</>;
}
