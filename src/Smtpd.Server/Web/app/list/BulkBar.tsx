import { useState } from 'preact/hooks';
import { hrefTo } from '../state/route';
import { Icon, type IconName } from '../ui/Icon';
import { plural } from '../ui/format';
import { addTag, remove, setRead, togglePinned } from './actions';
import { selected, selectLoaded, unselectAll } from './messages';

/** What can be done with the selected messages. */
export function BulkBar() {
  const messages = [...selected.value.values()];
  const [first, second] = messages;
  return (
    <div class="bulk-bar" role="toolbar" aria-label="Selected messages" data-testid="bulk-bar">
      <button type="button" class="button is-plain is-icon" onClick={unselectAll} aria-label="Select none" data-testid="select-none"><Icon name="close" /></button>
      <span data-testid="selected-count" role="status">{plural(messages.length, 'message')}</span>
      <button type="button" class="button is-plain" onClick={selectLoaded} data-testid="select-loaded">All loaded</button>
      <span class="spacer" />
      <Action icon="read" label="Mark read" id="bulk-read" run={() => setRead(messages, true)} />
      <Action icon="unread" label="Mark unread" id="bulk-unread" run={() => setRead(messages, false)} />
      <Action icon="pin" label="Pin or unpin" id="bulk-pin" run={() => togglePinned(messages)} />
      <TagAction run={(tag) => addTag(messages, tag)} />
      {messages.length === 2 && first && second && (
        <a class="button is-plain is-icon" href={hrefTo({ view: 'compare', message: first, other: second })} aria-label="Compare" title="Compare" data-testid="bulk-compare"><Icon name="compare" /></a>
      )}
      <Action icon="trash" label="Delete" id="bulk-delete" run={() => remove(messages)} />
    </div>
  );
}

const Action = ({ icon, label, id, run }: { icon: IconName; label: string; id: string; run: () => unknown }) => (
  <button type="button" class="button is-plain is-icon" onClick={() => void run()} aria-label={label} title={label} data-testid={id}><Icon name={icon} /></button>
);

function TagAction({ run }: { run: (tag: string) => void }) {
  const [tag, setTag] = useState<string>();
  if (tag === undefined) return <Action icon="tag" label="Add a tag" id="bulk-tag" run={() => setTag('')} />;
  return (
    <form class="tag-form" onSubmit={(event) => (event.preventDefault(), tag.trim() && run(tag.trim()), setTag(undefined))}>
      <input class="input" placeholder="Tag" aria-label="Tag" ref={(input) => input?.focus()} value={tag} onInput={(event) => setTag(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Escape' && setTag(undefined)} data-testid="tag-input" />
    </form>
  );
}
