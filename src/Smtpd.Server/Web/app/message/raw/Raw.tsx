import { useMemo, useState } from 'preact/hooks';
import { api, messagePath } from '../../api/client';
import { keyOf } from '../../api/types';
import { Await } from '../../ui/Await';
import { CodeView } from '../../ui/code/CodeView';
import type { Token } from '../../ui/code/tokens';
import { Icon } from '../../ui/Icon';
import { bytes } from '../../ui/format';
import { useLoaded } from '../../ui/useLoaded';
import type { TabProps } from '../tab';

const portion = 256 * 1024;

/** The message, octet for octet; a large one in portions. */
export default function Raw({ message }: TabProps) {
  const [octets, setOctets] = useState(portion);
  const raw = useLoaded(`${keyOf(message)} ${octets}`, () => api.beginning(messagePath(message, 'raw'), octets));
  return (
    <Await from={raw}>
      {({ text, isWhole }) => (
        <Plain text={text}>
          <span class="muted">{isWhole ? bytes(message.size) : `The first ${bytes(octets)} of ${bytes(message.size)}`}</span>
          {!isWhole && <button type="button" class="button" onClick={() => setOctets(octets * 8)} data-testid="raw-more">Show more</button>}
          <a class="button is-plain" href={messagePath(message, 'raw')} download data-testid="raw-download"><Icon name="download" /> Download</a>
        </Plain>
      )}
    </Await>
  );
}

function Plain({ text, children }: { text: string; children: preact.ComponentChildren }) {
  const tokens = useMemo<Token[]>(() => [{ text }], [text]);
  return <CodeView text={text} tokens={tokens} testId="raw">{children}</CodeView>;
}
