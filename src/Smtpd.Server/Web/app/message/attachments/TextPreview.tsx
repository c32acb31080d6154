import { api } from '../../api/client';
import { Await } from '../../ui/Await';
import { bytes } from '../../ui/format';
import { useLoaded } from '../../ui/useLoaded';
import { readable } from './kind';

const most = 256 * 1024;

/** The beginning of a file, as text. */
export function TextPreview({ path, size, contentType }: { path: string; size: number; contentType: string }) {
  // A range of nothing is no range.
  const loaded = useLoaded(path, () => (size === 0 ? Promise.resolve({ text: '', isWhole: true }) : api.beginning(path, most)));
  return (
    <Await from={loaded}>
      {({ text, isWhole }) => (
        <>
          <pre class="attachment-text" tabIndex={0} aria-label="The text" data-testid="text-preview">
            {(isWhole ? readable(text, contentType) : text) || 'The file is empty.'}
          </pre>
          {!isWhole && (
            <p class="muted" data-testid="text-cut">
              The first {bytes(most)} of {bytes(size)}. Download it for the rest.
            </p>
          )}
        </>
      )}
    </Await>
  );
}
