import { diffArrays, diffWordsWithSpace } from 'diff';

export interface Piece {
  text: string;
  isChanged: boolean;
}

export interface Side {
  number: number;
  pieces: Piece[];
}

/** A line of both texts, or of one. */
export interface Row {
  kind: 'same' | 'changed' | 'removed' | 'added';
  left: Side | undefined;
  right: Side | undefined;
}

export interface Comparison {
  rows: Row[];
  removed: number;
  added: number;
  /** The texts are too large for marks inside of lines, or for the best way to line them up. */
  isRough: boolean;
}

/** Above this, in characters of both texts, words are not compared. */
export const wordLimit = 600_000;
const longestLine = 4_000;
const patience = 1_500;
const patienceWithWords = 2_500;

/** Compares line by line, and by words within lines that stand for each other. */
export function compareLines(left: string, right: string): Comparison {
  const [a, b] = [split(left), split(right)];
  const isSmall = left.length + right.length <= wordLimit;
  const deadline = Date.now() + patienceWithWords;
  // What is the same at both ends needs no search.
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const [middleA, middleB] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const changes = diffArrays(middleA, middleB, { timeout: patience });

  const rows: Row[] = [];
  let [i, j] = [0, 0];
  const same = (count: number) => {
    for (; count > 0; count--) rows.push({ kind: 'same', left: side(i + 1, a[i++]!), right: side(++j, b[j - 1]!) });
  };
  const changed = (gone: number, come: number) => {
    const paired = Math.min(gone, come);
    for (let k = 0; k < paired; k++) rows.push(pair(i, j, a[i++]!, b[j++]!, isSmall && Date.now() < deadline));
    for (let k = paired; k < gone; k++) rows.push({ kind: 'removed', left: side(i + 1, a[i++]!), right: undefined });
    for (let k = paired; k < come; k++) rows.push({ kind: 'added', left: undefined, right: side(j + 1, b[j++]!) });
  };

  same(start);
  if (!changes) changed(middleA.length, middleB.length);
  else {
    let gone = 0;
    let come = 0;
    for (const change of changes) {
      if (change.removed) gone += change.value.length;
      else if (change.added) come += change.value.length;
      else {
        changed(gone, come);
        [gone, come] = [0, 0];
        same(change.value.length);
      }
    }
    changed(gone, come);
  }
  same(end);
  const count = (...kinds: Row['kind'][]) => rows.filter((row) => kinds.includes(row.kind)).length;
  return { rows, removed: count('removed', 'changed'), added: count('added', 'changed'), isRough: !changes || !isSmall };
}

const split = (text: string): string[] => (text === '' ? [] : text.replace(/\r\n?/g, '\n').replace(/\n$/, '').split('\n'));

const side = (number: number, text: string): Side => ({ number, pieces: [{ text, isChanged: false }] });

function pair(i: number, j: number, before: string, after: string, withWords: boolean): Row {
  if (!withWords || before.length > longestLine || after.length > longestLine) return { kind: 'changed', left: side(i + 1, before), right: side(j + 1, after) };
  const words = diffWordsWithSpace(before, after, { timeout: 200 });
  const common = words?.filter((word) => !word.added && !word.removed).reduce((sum, word) => sum + word.value.trim().length, 0) ?? 0;
  // Marks all over two lines that have little in common only hide them.
  if (!words || common < Math.max(before.trim().length, after.trim().length) / 4) return { kind: 'changed', left: side(i + 1, before), right: side(j + 1, after) };
  const pieces = (other: 'added' | 'removed', own: 'added' | 'removed'): Piece[] => words.filter((word) => !word[other]).map((word) => ({ text: word.value, isChanged: word[own] }));
  return { kind: 'changed', left: { number: i + 1, pieces: pieces('added', 'removed') }, right: { number: j + 1, pieces: pieces('removed', 'added') } };
}

export interface Block {
  isFolded: boolean;
  rows: Row[];
}

const around = 3;

/** Puts away long runs of what is the same, but for some lines around changes. */
export function fold(rows: Row[]): Block[] {
  const blocks: Block[] = [];
  const add = (isFolded: boolean, some: Row[]) => {
    if (some.length === 0) return;
    const last = blocks.at(-1);
    if (last && !last.isFolded && !isFolded) last.rows.push(...some);
    else blocks.push({ isFolded, rows: some });
  };
  for (let at = 0; at < rows.length; ) {
    let end = at;
    while (end < rows.length && (rows[end]!.kind === 'same') === (rows[at]!.kind === 'same')) end++;
    const run = rows.slice(at, end);
    const [before, after] = [at === 0 ? 0 : around, end === rows.length ? 0 : around];
    // To fold a single line gains nothing.
    if (rows[at]!.kind !== 'same' || run.length <= before + after + 1) add(false, run);
    else {
      add(false, run.slice(0, before));
      add(true, run.slice(before, run.length - after));
      add(false, run.slice(run.length - after));
    }
    at = end;
  }
  return blocks;
}
