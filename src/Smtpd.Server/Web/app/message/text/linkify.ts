export interface Piece {
  text: string;
  href?: string;
}

const address = /\bhttps?:\/\/[^\s<>"“”]+/gi;
// Ends a sentence rather than an address; a closing bracket only when none was opened in it.
const tail = /[.,;:!?'’»]+$/;

/** A text with its web addresses taken out as links. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(address)) {
    let url = match[0].replace(tail, '');
    if (url.endsWith(')') && !url.includes('(')) url = url.slice(0, -1).replace(tail, '');
    if (match.index > at) found.push({ text: text.slice(at, match.index) });
    found.push({ text: url, href: url });
    at = match.index + url.length;
  }
  if (at < text.length) found.push({ text: text.slice(at) });
  return found;
}
