/** A word, a quoted string without its quotes, a comment without its brackets, or a character that separates. */
export interface Token {
  kind: 'word' | 'quoted' | 'comment' | 'separator';
  text: string;
}

/** Cuts a structured header field into tokens (RFC 5322 3.2), with `separators` as tokens of their own. Takes what is unfinished as it is. */
export function tokens(field: string, separators: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < field.length) {
    const character = field[at]!;
    if (/\s/.test(character)) {
      at++;
    } else if (character === '(') {
      const end = endOfComment(field, at);
      found.push({ kind: 'comment', text: field.slice(at + 1, end - (field[end - 1] === ')' ? 1 : 0)).replace(/\s+/g, ' ').trim() });
      at = end;
    } else if (character === '"') {
      let [end, text] = [at + 1, ''];
      for (; end < field.length && field[end] !== '"'; end++) text += field[end] === '\\' ? (field[++end] ?? '') : field[end];
      found.push({ kind: 'quoted', text });
      at = end + 1;
    } else if (separators.includes(character)) {
      found.push({ kind: 'separator', text: character });
      at++;
    } else {
      let end = at;
      while (end < field.length && !/[\s("]/.test(field[end]!) && !separators.includes(field[end]!)) end++;
      found.push({ kind: 'word', text: field.slice(at, end) });
      at = end;
    }
  }
  return found;
}

function endOfComment(field: string, start: number): number {
  let depth = 0;
  for (let at = start; at < field.length; at++) {
    if (field[at] === '\\') at++;
    else if (field[at] === '(') depth++;
    else if (field[at] === ')' && --depth === 0) return at + 1;
  }
  return field.length;
}
