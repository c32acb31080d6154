import type { ComponentChildren } from 'preact';
import type { Highlight } from '../api/types';

/** A text with what a search found in it. The server's own excerpt is shown when it is not the whole text. */
export function Marked({ text, highlight }: { text: string; highlight: Highlight | undefined }) {
  if (!highlight) return <>{text}</>;
  const pieces: ComponentChildren[] = [];
  let at = 0;
  for (const { start = 0, length = 0 } of highlight.ranges) {
    pieces.push(highlight.text.slice(at, start), <mark key={start}>{highlight.text.slice(start, start + length)}</mark>);
    at = start + length;
  }
  return <>{pieces}{highlight.text.slice(at)}</>;
}
