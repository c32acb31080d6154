/** A run of text of one kind. */
export interface Token {
  text: string;
  /** Of the highlighter: `tag`, `attr`, `string`. */
  kind?: string;
}

const piece = /<span class="hljs-([^"]*)">|(<\/span>)|&(amp|lt|gt|quot|#x27);|([^<&]+)/g;
const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#x27': "'" };

/** What highlight.js prints, as values: markup made of somebody else's text goes nowhere near `innerHTML`. */
export function tokensOf(markup: string): Token[] {
  const tokens: Token[] = [];
  const kinds: string[] = [];
  for (const [, opened, closed, entity, text] of markup.matchAll(piece)) {
    if (opened !== undefined) kinds.push(opened.split(' ')[0]!);
    else if (closed) kinds.pop();
    else add(tokens, entity ? characters[entity]! : text!, kinds.at(-1));
  }
  return tokens;
}

function add(tokens: Token[], text: string, kind: string | undefined): void {
  const last = tokens.at(-1);
  if (last && last.kind === kind) last.text += text;
  else tokens.push(kind === undefined ? { text } : { text, kind });
}

/** Tokens by lines. */
export function linesOf(tokens: readonly Token[]): Token[][] {
  const lines: Token[][] = [[]];
  for (const token of tokens) {
    token.text.split(/\r\n|\n|\r/).forEach((text, index) => {
      if (index > 0) lines.push([]);
      if (text) lines.at(-1)!.push({ ...token, text });
    });
  }
  return lines;
}

/** A line with a part of it marked wherever it stands; letters' case is the same to it. */
export function markIn(line: readonly Token[], wanted: string): (Token & { isMarked?: boolean })[] {
  const text = line.map((each) => each.text).join('');
  const spots: [number, number][] = [];
  const [lower, looked] = [text.toLowerCase(), wanted.toLowerCase()];
  for (let at = lower.indexOf(looked); looked && at >= 0; at = lower.indexOf(looked, at + looked.length)) spots.push([at, at + looked.length]);
  if (spots.length === 0) return [...line];
  const marked: (Token & { isMarked?: boolean })[] = [];
  let start = 0;
  for (const token of line) {
    const end = start + token.text.length;
    let at = start;
    for (const [from, to] of spots) {
      if (to <= at || from >= end) continue;
      if (from > at) marked.push({ ...token, text: text.slice(at, from) });
      const stop = Math.min(to, end);
      marked.push({ ...token, text: text.slice(Math.max(from, at), stop), isMarked: true });
      at = stop;
    }
    if (at < end) marked.push({ ...token, text: text.slice(at, end) });
    start = end;
  }
  return marked;
}

export const contains = (line: readonly Token[], wanted: string): boolean =>
  wanted !== '' && line.map((each) => each.text).join('').toLowerCase().includes(wanted.toLowerCase());
