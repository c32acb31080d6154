import { useState } from 'preact/hooks';
import { api, messagePath } from '../api/client';
import { keyOf, type Message } from '../api/types';
import { Await } from '../ui/Await';
import { useLoaded } from '../ui/useLoaded';
import { htmlOf } from './sources';

const zooms = [50, 75, 100, 125, 150];

/** Both as they are shown, in frames that can do nothing. */
export function RenderedPair({ left, right }: { left: Message; right: Message }) {
  const [zoom, setZoom] = useState(100);
  const [isDark, setDark] = useState(false);
  return (
    <>
      <div class="compare-bar">
        <label>
          Zoom{' '}
          <select class="input" value={zoom} onChange={(event) => setZoom(Number(event.currentTarget.value))} data-testid="compare-zoom">
            {zooms.map((percent) => (
              <option key={percent} value={percent}>
                {percent} %
              </option>
            ))}
          </select>
        </label>
        <button type="button" class="button" aria-pressed={isDark} onClick={() => setDark(!isDark)} data-testid="compare-dark">
          Dark
        </button>
      </div>
      <div class={`compare-frames ${isDark ? 'is-dark' : ''}`}>
        <Rendered key={`left ${keyOf(left)}`} side="Left" message={left} zoom={zoom} />
        <Rendered key={`right ${keyOf(right)}`} side="Right" message={right} zoom={zoom} />
      </div>
    </>
  );
}

function Rendered({ side, message, zoom }: { side: string; message: Message; zoom: number }) {
  const shown = useLoaded(keyOf(message), async () => ({ hasHtml: (await htmlOf(message)) !== '', text: await api.text(message).catch(() => '') }));
  return (
    <figure>
      <figcaption>
        {side}: {message.subject ?? 'no subject'}
      </figcaption>
      <Await from={shown}>
        {({ hasHtml, text }) =>
          hasHtml ? (
            <iframe
              src={messagePath(message, 'html')}
              sandbox="allow-popups allow-popups-to-escape-sandbox"
              referrerpolicy="no-referrer"
              title={`${side}: ${message.subject ?? 'no subject'}`}
              style={{ zoom: zoom / 100, height: `${(65 * 100) / zoom}vh` }}
              data-testid={`compare-frame-${side.toLowerCase()}`}
            />
          ) : (
            <pre tabIndex={0} style={{ zoom: zoom / 100 }} data-testid={`compare-text-${side.toLowerCase()}`}>
              {text}
            </pre>
          )
        }
      </Await>
    </figure>
  );
}
