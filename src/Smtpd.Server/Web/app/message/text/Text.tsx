import { api } from '../../api/client';
import { keyOf } from '../../api/types';
import { Await } from '../../ui/Await';
import { CopyButton } from '../../ui/CopyButton';
import { useLoaded } from '../../ui/useLoaded';
import type { TabProps } from '../tab';
import { pieces } from './linkify';
import './text.css';

export default function Text({ message }: TabProps) {
  const text = useLoaded(keyOf(message), () => api.text(message));
  return (
    <Await from={text}>
      {(value) => (
        <>
          <div class="tab-bar">
            <span class="muted">{value ? 'Plain text' : 'The message has no text.'}</span>
            <span class="spacer" />
            <CopyButton text={value} testId="copy-text" />
          </div>
          <div class="tab-body message-text" data-testid="text">
            {pieces(value).map((piece, index) =>
              piece.href ? <a key={index} href={piece.href} target="_blank" rel="noreferrer noopener">{piece.text}</a> : piece.text,
            )}
          </div>
        </>
      )}
    </Await>
  );
}
