import { useState } from 'preact/hooks';
import { Icon } from '../ui/Icon';

export function TagEditor({ tags, onAdd, onRemove }: { tags: readonly string[]; onAdd: (tag: string) => void; onRemove: (tag: string) => void }) {
  const [draft, setDraft] = useState<string>();
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    if (draft?.trim()) onAdd(draft.trim());
    setDraft(undefined);
  };
  return (
    <div class="tag-editor" data-testid="tags">
      {tags.map((tag) => (
        <span class="tag" key={tag} data-testid="tag">
          {tag}
          <button type="button" aria-label={`Remove the tag ${tag}`} onClick={() => onRemove(tag)} data-testid="remove-tag"><Icon name="close" /></button>
        </span>
      ))}
      {draft === undefined ? (
        <button type="button" class="tag is-adding" onClick={() => setDraft('')} data-testid="add-tag"><Icon name="tag" /> Tag</button>
      ) : (
        <form onSubmit={onSubmit}>
          <input class="input" aria-label="New tag" value={draft} ref={(input) => input?.focus()} onInput={(event) => setDraft(event.currentTarget.value)} onBlur={() => setDraft(undefined)}
            onKeyDown={(event) => event.key === 'Escape' && setDraft(undefined)} data-testid="new-tag" />
        </form>
      )}
    </div>
  );
}
