import { describe, expect, it } from 'vitest';
import type { Message } from '../api/types';
import { differingFacts } from './facts';
import { compareLines, fold, wordLimit, type Comparison, type Side } from './lines';

const sideText = (side: Side | undefined) => (side ? `${side.number}:${side.pieces.map((piece) => (piece.isChanged ? `[${piece.text}]` : piece.text)).join('')}` : '-');
const shown = ({ rows }: Comparison) => rows.map((row) => `${row.kind} ${sideText(row.left)} | ${sideText(row.right)}`);

describe('compareLines', () => {
  it('marks words', () => {
    expect(shown(compareLines('a\nThank you for it.\nz', 'a\r\nThank you very much for it.\r\nz\r\n'))).toEqual([
      'same 1:a | 1:a', 'changed 2:Thank you for it. | 2:Thank you [very much ]for it.', 'same 3:z | 3:z',
    ]);
  });

  it('tells lines that came and went', () => {
    const result = compareLines('a\nb\nc\nd', 'a\nc\nx\ny\nd');
    expect(shown(result)).toEqual(['same 1:a | 1:a', 'removed 2:b | -', 'same 3:c | 2:c', 'added - | 3:x', 'added - | 4:y', 'same 4:d | 5:d']);
    expect([result.removed, result.added, result.isRough]).toEqual([1, 2, false]);
  });

  it('does not mark what has nothing in common', () => expect(shown(compareLines('alpha beta gamma', 'one two three'))).toEqual(['changed 1:alpha beta gamma | 1:one two three']));

  it.each([['', ''], ['a', ''], ['', 'a'], ['a\n', 'a']])('%j and %j', (left, right) => {
    const { rows } = compareLines(left, right);
    expect(rows.filter((row) => row.left).length).toBe(left === '' ? 0 : 1);
    expect(rows.filter((row) => row.right).length).toBe(right === '' ? 0 : 1);
  });

  it('is bounded', { timeout: 60_000 }, () => {
    const text = (seed: number) => Array.from({ length: 40_000 }, (_, i) => `line ${(i * seed) % 9973} of it`).join('\n');
    expect(text(7).length).toBeGreaterThan(wordLimit / 2);
    const started = Date.now();
    const result = compareLines(text(7), text(11));
    expect(result.isRough).toBe(true);
    expect(Date.now() - started).toBeLessThan(30_000);
    expect(result.rows.filter((row) => row.left).length).toBe(40_000);
  });
});

describe('fold', () => {
  const lines = (count: number, more = '') => Array.from({ length: count }, (_, i) => `line ${i}`).join('\n') + more;
  const sizes = (left: string, right: string) => fold(compareLines(left, right).rows).map((block) => `${block.isFolded ? 'folded' : 'open'} ${block.rows.length}`);
  it('keeps three lines around a change', () => expect(sizes(lines(20, '\nx y'), lines(20, '\nx z'))).toEqual(['folded 17', 'open 4']));
  it('folds between changes', () => expect(sizes(`a b\n${lines(10)}\nc d`, `a x\n${lines(10)}\nc x`)).toEqual(['open 4', 'folded 4', 'open 4']));
  it('leaves short runs', () => expect(sizes(`a b\n${lines(7)}\nc d`, `a x\n${lines(7)}\nc x`)).toEqual(['open 9']));
  it('folds all of the same', () => expect(sizes(lines(5), lines(5))).toEqual(['folded 5']));
});

describe('differingFacts', () => {
  const message = (change: Partial<Message>): Message =>
    ({ subject: 'a', from: null, to: [], cc: [], envelope: { from: 'x', to: [] }, receivedAt: '2026-10-01T08:00:00.123Z', size: 1, sha256: 'aa', attachments: [], ...change }) as unknown as Message;
  it('names only those', () => expect(differingFacts(message({}), message({ subject: null, size: 2048 }))).toEqual([{ name: 'Subject', left: 'a', right: '' }, { name: 'Size', left: '1 B (1)', right: '2.0 KB (2,048)' }]));
});
