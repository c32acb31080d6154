import { useState } from 'preact/hooks';
import { api } from '../api/client';
import { keyOf, type Message } from '../api/types';
import { kept } from '../state/kept';
import { Await } from '../ui/Await';
import { plural } from '../ui/format';
import { useLoaded } from '../ui/useLoaded';
import { headerLines } from './facts';
import type { Block, Comparison, Row, Side } from './lines';
import { htmlOf } from './sources';

export type Source = 'html' | 'text' | 'headers';

const names: Record<Source, string> = { html: 'HTML', text: 'text', headers: 'header' };

const load: Record<Source, (message: Message) => Promise<string>> = {
  html: htmlOf,
  text: (message) => api.text(message),
  headers: async (message) => headerLines(await api.headers(message)),
};

const isSplit = kept<boolean>('compare.split', matchMedia('(min-width: 900px)').matches, (value) => typeof value === 'boolean');

interface Folded extends Comparison {
  blocks: Block[];
}

/** What differs in the source of two messages. */
export function SourceDiff({ source, left, right }: { source: Source; left: Message; right: Message }) {
  const result = useLoaded(`${source} ${keyOf(left)} ${keyOf(right)}`, async (): Promise<Folded> => {
    const [{ compareLines, fold }, before, after] = await Promise.all([import('./lines'), load[source](left), load[source](right)]);
    const comparison = compareLines(before, after);
    return { ...comparison, blocks: fold(comparison.rows) };
  });
  return <Await from={result}>{(comparison) => <Difference comparison={comparison} name={names[source]} />}</Await>;
}

function Difference({ comparison, name }: { comparison: Folded; name: string }) {
  const { rows, removed, added, isRough, blocks } = comparison;
  if (rows.length === 0) return <p class="muted" data-testid="diff-none">Neither has any {name}.</p>;
  if (removed + added === 0) return <p class="muted" data-testid="diff-same">The {name} is the same in both.</p>;
  return (
    <>
      <div class="compare-bar">
        <span role="status" data-testid="diff-count">
          <span class="badge is-bad">−{removed}</span> <span class="badge is-good">+{added}</span> {plural(Math.max(removed, added), 'line')}
        </span>
        <button type="button" class="button" aria-pressed={isSplit.value} onClick={() => (isSplit.value = !isSplit.value)} data-testid="diff-split">
          Side by side
        </button>
      </div>
      {isRough && (
        <p class="notice is-warn" data-testid="diff-rough">
          This is too much to compare word by word; lines are compared only, and perhaps not in the shortest way.
        </p>
      )}
      <div class="card diff-box">
        <table class="diff" data-testid="diff">
          <caption class="visually-hidden">Differences in the {name}</caption>
          <colgroup>{(isSplit.value ? ['number', 'code', 'number', 'code'] : ['number', 'number', 'sign', 'code']).map((column, i) => <col key={i} class={`diff-${column}`} />)}</colgroup>
          <tbody>
            {blocks.map((block, i) => (
              <BlockRows key={i} block={block} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const page = 1_000;

function BlockRows({ block }: { block: Block }) {
  const [limit, setLimit] = useState(block.isFolded ? 0 : page);
  const rows = block.rows.slice(0, limit);
  const rest = block.rows.length - rows.length;
  return (
    <>
      {isSplit.value ? rows.map((row) => <SplitRow row={row} />) : unified(rows).map(([row, side]) => <UnifiedRow row={row} side={side} />)}
      {rest > 0 && (
        <tr class="diff-fold">
          <td colSpan={4}>
            <button type="button" class="button is-plain" onClick={() => setLimit(limit + page)} data-testid="diff-unfold">
              {block.isFolded ? `Show ${plural(rest, 'line')} that ${rest === 1 ? 'is' : 'are'} the same` : `Show ${plural(rest, 'more line', 'more lines')}`}
            </button>
          </td>
        </tr>
      )}
    </>
  );
}

/** First all that went, then all that came, as in a patch. */
function unified(rows: Row[]): [Row, 'left' | 'right'][] {
  const lines: [Row, 'left' | 'right'][] = [];
  for (let at = 0; at < rows.length; ) {
    let end = at;
    while (end < rows.length && rows[end]!.kind !== 'same') end++;
    const changed = rows.slice(at, end);
    lines.push(...changed.flatMap((row): [Row, 'left'][] => (row.left ? [[row, 'left']] : [])));
    lines.push(...changed.flatMap((row): [Row, 'right'][] => (row.right ? [[row, 'right']] : [])));
    if (end < rows.length) lines.push([rows[end]!, 'left']);
    at = end + 1;
  }
  return lines;
}

function UnifiedRow({ row, side }: { row: Row; side: 'left' | 'right' }) {
  const isSame = row.kind === 'same';
  const mark = isSame ? '' : side === 'left' ? 'is-removed' : 'is-added';
  return (
    <tr>
      <td class="diff-number">{isSame || side === 'left' ? row.left?.number : ''}</td>
      <td class="diff-number">{isSame || side === 'right' ? row.right?.number : ''}</td>
      <td class={`diff-sign ${mark}`} aria-hidden="true">{isSame ? '' : side === 'left' ? '−' : '+'}</td>
      <Code side={row[side]} mark={mark} />
    </tr>
  );
}

const SplitRow = ({ row }: { row: Row }) => (
  <tr>
    <td class="diff-number">{row.left?.number}</td>
    <Code side={row.left} mark={row.kind === 'same' ? '' : 'is-removed'} />
    <td class="diff-number">{row.right?.number}</td>
    <Code side={row.right} mark={row.kind === 'same' ? '' : 'is-added'} />
  </tr>
);

const Code = ({ side, mark = '' }: { side: Side | undefined; mark?: string }) => (
  <td class={`diff-code ${side ? mark : 'is-empty'}`}>
    {side && mark && <span class="visually-hidden">{mark === 'is-removed' ? 'Removed: ' : 'Added: '}</span>}
    {side?.pieces.map((piece) => (piece.isChanged ? (mark === 'is-added' ? <ins>{piece.text}</ins> : <del>{piece.text}</del>) : piece.text))}
  </td>
);
