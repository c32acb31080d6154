import { linesOf } from './dialogue';
import './session.css';

/** Who said what: the client on the left edge, the server further in, refusals marked. */
export const Dialogue = ({ text }: { text: string }) => (
  <ol class="dialogue" data-testid="dialogue">
    {linesOf(text).map((line, index) => (
      <li key={index} class={`is-${line.by}${line.isRefusal ? ' is-refusal' : ''}`}>
        <span class="dialogue-by">{line.by === 'client' ? 'C' : line.by === 'server' ? 'S' : ''}<span class="visually-hidden">{line.by === 'note' ? '' : ': '}</span></span>
        <code>{line.text}</code>
      </li>
    ))}
  </ol>
);
