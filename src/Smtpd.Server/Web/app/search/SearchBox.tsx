import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { api } from '../api/client';
import { mailboxes } from '../state/mailboxes';
import { go, route } from '../state/route';
import { Icon } from '../ui/Icon';
import { focusSearch } from './focus';
import { isSaved, toggleSaved } from './saved';
import { complete, isFieldTerm, join, split, withoutUnfinished } from './terms';
import './search.css';

/** While one types, the list follows after such a pause. */
const pause = 200;

export function SearchBox() {
  const query = route.value.query;
  const [{ chips, draft }, setTerms] = useState(() => split(query));
  const [isFocused, setFocused] = useState(false);
  const [active, setActive] = useState(-1);
  const [tags, setTags] = useState<string[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  // What we have asked for and not seen in the address yet. More than one when it is drawn slower than somebody types.
  const asked = useRef<string[]>([]);

  // Somebody else changed the address: a saved search, the way back.
  useEffect(() => {
    const index = asked.current.indexOf(query);
    if (index < 0) setTerms(split(query));
    asked.current = index < 0 ? [] : asked.current.slice(index + 1);
  }, [query]);
  useLayoutEffect(() => focusSearch.listen(() => input.current?.select()), []);

  const scope = route.value.scope;
  const known = { tag: tags, mailbox: mailboxes.value.map((each) => each.name) };
  const completions = isFocused ? complete(draft, known) : [];

  const set = (terms: { chips: string[]; draft: string }, isAtOnce: boolean) => {
    setTerms(terms);
    setActive(-1);
    clearTimeout(timer.current);
    const apply = () => {
      const wanted = join(terms.chips, isAtOnce ? terms.draft : withoutUnfinished(terms.draft));
      if (wanted === route.peek().query) return;
      asked.current.push(wanted);
      go({ query: wanted, scope: scope ?? 'all' }, !isAtOnce);
    };
    if (isAtOnce) apply();
    else timer.current = setTimeout(apply, pause);
  };
  /** Finished fields become chips. */
  const finish = (text: string) => {
    const parts = split(text);
    set({ chips: [...chips, ...parts.chips], draft: parts.draft }, true);
  };
  const take = (index: number) => {
    const chosen = completions[index];
    if (!chosen) return;
    const next = draft.replace(/\S*$/, chosen.text);
    if (chosen.isWhole) finish(next);
    else set({ chips, draft: next }, false);
    input.current?.focus();
  };

  const onInput = (text: string) => {
    const isQuoted = ((text.match(/"/g) ?? []).length & 1) === 1;
    if (/\s$/.test(text) && !isQuoted && text.trim().split(/\s+/).some(isFieldTerm) && split(text).chips.length > 0) finish(text);
    else set({ chips, draft: text }, false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      // One more place than there are completions: none of them.
      const places = completions.length + 1;
      const next = (active + 1 + (event.key === 'ArrowDown' ? 1 : -1) + places) % places;
      setActive(next - 1);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (active >= 0) take(active);
      else finish(draft);
    } else if (event.key === 'Tab' && active >= 0) {
      event.preventDefault();
      take(active);
    } else if (event.key === 'Backspace' && draft === '' && chips.length > 0) {
      set({ chips: chips.slice(0, -1), draft: chips.at(-1)! }, false);
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      if (active >= 0) setActive(-1);
      else if (draft || chips.length > 0) set({ chips: [], draft: '' }, true);
      else input.current?.blur();
    }
  };
  const onFocus = () => {
    setFocused(true);
    if (typeof scope === 'number') api.tags(scope).then((found) => setTags(found.map((each) => each.tag)), () => setTags([]));
  };

  return (
    <div class="search" role="search" data-testid="search">
      <div class="search-box" onClick={() => input.current?.focus()}>
        <Icon name="search" />
        {chips.map((chip, index) => (
          <span class="search-chip" key={chip + index} data-testid="search-chip">
            {chip}
            <button type="button" aria-label={`Without ${chip}`} onClick={(event) => (event.stopPropagation(), set({ chips: chips.filter((_, i) => i !== index), draft }, true))} data-testid="remove-chip">
              <Icon name="close" />
            </button>
          </span>
        ))}
        <input
          ref={input} class="search-input" type="text" value={draft} placeholder={chips.length > 0 ? '' : 'Search'} aria-label="Search" autocomplete="off" spellcheck={false}
          role="combobox" aria-expanded={completions.length > 0} aria-controls="search-completions" aria-activedescendant={active >= 0 ? `completion-${active}` : undefined} aria-autocomplete="list"
          onInput={(event) => onInput(event.currentTarget.value)} onKeyDown={onKeyDown} onFocus={onFocus} onBlur={() => setFocused(false)} data-testid="search-input"
        />
        {query && (
          <button type="button" class="search-star" aria-pressed={isSaved(query)} aria-label={isSaved(query) ? 'Forget this search' : 'Save this search'} title={isSaved(query) ? 'Forget this search' : 'Save this search'}
            onClick={() => toggleSaved(query)} data-testid="save-search">
            <Icon name="star" />
          </button>
        )}
        {(chips.length > 0 || draft) && (
          <button type="button" class="search-star" aria-label="Clear the search" title="Clear the search" onClick={() => set({ chips: [], draft: '' }, true)} data-testid="clear-search"><Icon name="close" /></button>
        )}
      </div>
      {completions.length > 0 && (
        <ul class="search-completions" id="search-completions" role="listbox" aria-label="Completions" data-testid="search-completions">
          {completions.map((each, index) => (
            <li key={each.text} id={`completion-${index}`} role="option" aria-selected={index === active} onPointerDown={(event) => (event.preventDefault(), take(index))} data-testid="search-completion">
              <code>{each.text}</code> <span class="muted">{each.about}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
