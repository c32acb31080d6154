import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { messagePath } from '../api/client';
import { keyOf, type Address, type Message } from '../api/types';
import { addTag, remove, removeTag, setRead, togglePinned, toggleRead } from '../list/actions';
import { step } from '../keyboard/commands';
import { openedIndex, selected } from '../list/messages';
import { go, hrefTo, route } from '../state/route';
import { Icon, type IconName } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { bytes, fullTime } from '../ui/format';
import { lazy } from '../ui/lazy';
import { TagEditor } from './TagEditor';
import type { TabProps } from './tab';
import { tabs } from './tabs';
import './message.css';

const components = new Map<string, ComponentType<TabProps>>(tabs.map((tab) => [tab.id, lazy(tab.load)]));

export function MessagePane({ message }: { message: Message }) {
  const key = keyOf(message);
  // Who opens a message has read it; marked as unread afterwards it stays so.
  useEffect(() => void setRead([message], true), [key]);
  const tab = tabs.find((each) => each.id === route.value.tab) ?? tabs[0]!;
  const Content = components.get(tab.id)!;
  return (
    <article class="message" aria-labelledby="message-subject" data-testid="message">
      <Toolbar message={message} />
      <header class="message-head">
        <h1 id="message-subject" data-testid="subject">{message.subject || <em class="muted">No subject</em>}</h1>
        <dl class="message-facts">
          <Fact name="From">{message.from ? <Person address={message.from} /> : <span class="muted">{message.envelope.from || 'nobody'}</span>}</Fact>
          <Fact name="To"><People of={message.to} otherwise={message.envelope.to} /></Fact>
          {message.cc.length > 0 && <Fact name="Cc"><People of={message.cc} otherwise={[]} /></Fact>}
          <Fact name="Received"><time dateTime={message.receivedAt}>{fullTime(new Date(message.receivedAt))}</time> <span class="muted">· {bytes(message.size)}</span></Fact>
        </dl>
        <TagEditor tags={message.tags} onAdd={(tag) => void addTag([message], tag)} onRemove={(tag) => void removeTag([message], tag)} />
      </header>
      <Tabs message={message} current={tab.id} />
      {message.warnings.length > 0 && tab.id !== 'checks' && (
        <p class="notice is-warn" data-testid="warnings">
          <Icon name="warning" /> {message.warnings.length === 1 ? 'Something is' : `${message.warnings.length} things are`} unusual in this message. <a href={hrefTo({ tab: 'checks' })}>Show</a>
        </p>
      )}
      <div class="tab-content" role="tabpanel" id="tab-content" aria-labelledby={`tab-${tab.id}`} tabIndex={0} key={tab.id + key} data-testid={`content-${tab.id}`}>
        <Content message={message} />
      </div>
    </article>
  );
}

function Toolbar({ message }: { message: Message }) {
  const [other] = [...selected.value.values()].filter((each) => keyOf(each) !== keyOf(message));
  const isListed = openedIndex.value !== undefined;
  return (
    <div class="pane-header message-toolbar" role="toolbar" aria-label="Message">
      <a class="button is-plain is-icon only-phone" href={hrefTo({ view: 'none', message: undefined })} aria-label="Back to the list" data-testid="back"><Icon name="back" /></a>
      <Action icon="up" label="Previous (k)" id="previous" isOff={!isListed} run={() => step(-1)} />
      <Action icon="down" label="Next (j)" id="next" isOff={!isListed} run={() => step(1)} />
      <span class="spacer" />
      <Action icon={message.flags.read ? 'unread' : 'read'} label={message.flags.read ? 'Mark unread (e)' : 'Mark read (e)'} id="toggle-read" run={() => toggleRead([message])} />
      <Action icon="pin" label={message.flags.pinned ? 'Unpin (p)' : 'Pin: limits do not delete it (p)'} id="toggle-pinned" isOn={message.flags.pinned} run={() => togglePinned([message])} />
      {other && <Action icon="compare" label="Compare with the selected message" id="compare" run={() => go({ view: 'compare', message, other })} />}
      <Menu label="More for this message" icon="more" testId="message-menu">
        <a href={messagePath(message, 'raw')} download data-testid="download-raw"><Icon name="download" /> Download as received (.eml)</a>
        <a href={messagePath(message, 'eml')} download data-testid="download-eml"><Icon name="download" /> Download with trace fields (.eml)</a>
        <a href={messagePath(message, 'html')} target="_blank" rel="noreferrer" data-testid="open-html"><Icon name="external" /> Open the preview in a new tab</a>
      </Menu>
      <Action icon="trash" label="Delete (#)" id="delete" run={() => remove([message])} />
    </div>
  );
}

const Action = ({ icon, label, id, run, isOn, isOff }: { icon: IconName; label: string; id: string; run: () => unknown; isOn?: boolean; isOff?: boolean }) => (
  <button type="button" class="button is-plain is-icon" aria-label={label} title={label} aria-pressed={isOn} disabled={isOff} onClick={() => void run()} data-testid={id}><Icon name={icon} /></button>
);

function Tabs({ message, current }: { message: Message; current: string }) {
  const files = message.attachments.filter((each) => !each.inline).length;
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    const next = tabs[(tabs.findIndex((each) => each.id === current) + by + tabs.length) % tabs.length]!;
    go({ tab: next.id }, true);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Ways to look at the message" onKeyDown={onKeyDown}>
      {tabs.map((tab) => (
        <a key={tab.id} id={`tab-${tab.id}`} class="tab" role="tab" href={hrefTo({ tab: tab.id })} aria-selected={tab.id === current} aria-controls="tab-content" tabIndex={tab.id === current ? 0 : -1} data-testid={`tab-${tab.id}`}>
          {tab.title}
          {tab.id === 'attachments' && files > 0 && <span class="badge">{files}</span>}
        </a>
      ))}
    </div>
  );
}

const Fact = ({ name, children }: { name: string; children: preact.ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

const Person = ({ address }: { address: Address }) => (
  <span>
    {address.name && <strong>{address.name} </strong>}
    <span class={address.name ? 'muted' : undefined}>{address.name ? `<${address.address}>` : address.address}</span>
  </span>
);

const few = 5;

function People({ of, otherwise }: { of: readonly Address[]; otherwise: readonly string[] }) {
  if (of.length === 0) return <span class="muted">{otherwise.slice(0, few).join(', ') || 'nobody'}</span>;
  return (
    <>
      {of.slice(0, few).map((each, index) => <span key={index}>{index > 0 && ', '}<Person address={each} /></span>)}
      {of.length > few && <span class="muted"> and {of.length - few} more</span>}
    </>
  );
}
