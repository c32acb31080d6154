import { useMemo } from 'preact/hooks';
import { api, Problem } from '../../api/client';
import { keyOf } from '../../api/types';
import { Await } from '../../ui/Await';
import { CodeView } from '../../ui/code/CodeView';
import { highlightHtml } from '../../ui/code/highlight';
import { bytes } from '../../ui/format';
import { useLoaded } from '../../ui/useLoaded';
import type { TabProps } from '../tab';

/** The HTML as it came. */
export default function Source({ message }: TabProps) {
  const html = useLoaded(keyOf(message), () => api.html(message).catch((problem: unknown) => {
    if (problem instanceof Problem && problem.status === 404) return undefined;
    throw problem;
  }));
  return <Await from={html}>{(text) => (text === undefined ? <p class="empty" data-testid="no-html">The message has no HTML.</p> : <Highlighted text={text} />)}</Await>;
}

function Highlighted({ text }: { text: string }) {
  const tokens = useMemo(() => highlightHtml(text), [text]);
  return <CodeView text={text} tokens={tokens} testId="source"><span class="muted">{bytes(new Blob([text]).size)}</span></CodeView>;
}
