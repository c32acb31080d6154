import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { kept } from '../../state/kept';
import { plural } from '../format';
import { CopyButton } from '../CopyButton';
import { Icon } from '../Icon';
import { contains, linesOf, markIn, type Token } from './tokens';
import './code.css';

interface Props {
  text: string;
  tokens: readonly Token[];
  /** Beside the search, on the left. */
  children?: preact.ComponentChildren;
  testId: string;
}

const isWrapped = kept('wrap', true, (value) => typeof value === 'boolean');
/** So many lines are shown at first. */
const portion = 4000;

/** Text with line numbers, to be searched and copied. `#L12` in the address is a line. */
export function CodeView({ text, tokens, children, testId }: Props) {
  const lines = useMemo(() => linesOf(tokens), [tokens]);
  const [wanted, setWanted] = useState('');
  const [hit, setHit] = useState(0);
  const [shown, setShown] = useState(portion);
  const element = useRef<HTMLOListElement>(null);
  const hits = useMemo(() => lines.flatMap((line, index) => (contains(line, wanted) ? [index] : [])), [lines, wanted]);
  const asked = Number(/^#L(\d+)$/.exec(location.hash)?.[1] ?? 0) - 1;
  const target = wanted ? (hits[hit] ?? -1) : asked;

  useEffect(() => {
    if (target >= shown) setShown(target + portion);
    element.current?.children[target]?.scrollIntoView({ block: 'center' });
  }, [target, shown, lines]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || hits.length === 0) return;
    event.preventDefault();
    setHit((hit + (event.shiftKey ? -1 : 1) + hits.length) % hits.length);
  };

  return (
    <div class="code-view">
      <div class="tab-bar">
        {children}
        <label class="code-search">
          <Icon name="search" />
          <input class="input" type="search" placeholder="Find" aria-label="Find in the text" value={wanted} onInput={(event) => (setWanted(event.currentTarget.value), setHit(0))} onKeyDown={onKeyDown} data-testid={`${testId}-find`} />
        </label>
        {wanted && <span class="muted" role="status" data-testid={`${testId}-hits`}>{hits.length === 0 ? 'Not found' : `${hit + 1} of ${plural(hits.length, 'line')}`}</span>}
        <span class="spacer" />
        <button type="button" class="button is-plain" aria-pressed={isWrapped.value} onClick={() => (isWrapped.value = !isWrapped.value)} data-testid={`${testId}-wrap`}>Wrap</button>
        <CopyButton text={text} testId={`${testId}-copy`} />
      </div>
      <ol class={isWrapped.value ? 'code is-wrapped' : 'code'} ref={element} data-testid={testId}>
        {lines.slice(0, shown).map((line, index) => (
          <li key={index} class={index === target ? 'is-target' : undefined}>
            <code>{(wanted && contains(line, wanted) ? markIn(line, wanted) : line).map(draw)}</code>
          </li>
        ))}
      </ol>
      {lines.length > shown && (
        <p class="tab-body"><button type="button" class="button" onClick={() => setShown(shown + portion)} data-testid={`${testId}-more`}>Show more ({plural(lines.length - shown, 'line')} left)</button></p>
      )}
    </div>
  );
}

function draw(token: Token & { isMarked?: boolean }, index: number) {
  if (token.isMarked) return <mark key={index}>{token.text}</mark>;
  return token.kind ? <span key={index} class={`code-${token.kind}`}>{token.text}</span> : token.text;
}
