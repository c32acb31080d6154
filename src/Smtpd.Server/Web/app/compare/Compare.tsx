import { useState } from 'preact/hooks';
import { keyOf, type Message } from '../api/types';
import { go, route } from '../state/route';
import { Icon } from '../ui/Icon';
import './compare.css';
import { differingFacts } from './facts';
import { RenderedPair } from './RenderedPair';
import { SourceDiff, type Source } from './SourceDiff';

const views: [id: 'rendered' | Source, title: string][] = [
  ['rendered', 'Rendered'],
  ['html', 'HTML source'],
  ['text', 'Text'],
  ['headers', 'Headers'],
];

/** Two messages side by side. */
export default function Compare({ left, right }: { left: Message; right: Message }) {
  const view = views.find(([id]) => id === route.value.tab)?.[0] ?? 'rendered';
  const swap = () => go({ message: pick(right), other: pick(left) }, true);
  return (
    <div class="compare" data-testid="compare">
      <header>
        <h1>Compare</h1>
        <button type="button" class="button" onClick={swap} data-testid="compare-swap">
          <Icon name="compare" /> Swap
        </button>
      </header>
      <Facts left={left} right={right} />
      <Views current={view} />
      <div role="tabpanel" id="compare-panel" aria-labelledby={`compare-${view}`} tabIndex={0} data-testid={`compare-panel-${view}`}>
        {view === 'rendered' ? <RenderedPair left={left} right={right} /> : <SourceDiff key={view} source={view} left={left} right={right} />}
      </div>
    </div>
  );
}

const pick = ({ mailboxId, uid }: Message) => ({ mailboxId, uid });

function Facts({ left, right }: { left: Message; right: Message }) {
  const facts = differingFacts(left, right);
  const isSame = keyOf(left) === keyOf(right);
  return (
    <div class="card compare-facts">
      <table class="table" data-testid="compare-facts">
        <caption class="visually-hidden">What differs</caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="visually-hidden">Fact</span>
            </th>
            <th scope="col">
              Left <span class="badge">{left.uid}</span>
            </th>
            <th scope="col">
              Right <span class="badge">{right.uid}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {facts.length === 0 && (
            <tr>
              <td colSpan={3}>{isSame ? 'This is one message.' : 'The two do not differ in anything.'}</td>
            </tr>
          )}
          {facts.map((fact) => (
            <tr key={fact.name} data-testid={`fact-${fact.name.toLowerCase().replace(' ', '-')}`}>
              <th scope="row">{fact.name}</th>
              <td>{fact.left || <span class="muted">none</span>}</td>
              <td>{fact.right || <span class="muted">none</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Views({ current }: { current: string }) {
  const [focused, setFocused] = useState<string>();
  const at = views.findIndex(([id]) => id === current);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const [next] = views[(at + step + views.length) % views.length]!;
    setFocused(next);
    go({ tab: next }, true);
  };
  return (
    <div class="compare-views" role="tablist" aria-label="What is compared" onKeyDown={onKeyDown}>
      {views.map(([id, title]) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`compare-${id}`}
          class="button"
          aria-selected={id === current}
          aria-controls="compare-panel"
          tabIndex={id === current ? 0 : -1}
          onClick={() => go({ tab: id }, true)}
          ref={(button) => {
            if (button && focused === id) {
              setFocused(undefined);
              button.focus();
            }
          }}
          data-testid={`compare-view-${id}`}
        >
          {title}
        </button>
      ))}
    </div>
  );
}
