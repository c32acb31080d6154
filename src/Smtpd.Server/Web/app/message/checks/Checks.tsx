import { useMemo, useState } from 'preact/hooks';
import { keyOf } from '../../api/types';
import { Await } from '../../ui/Await';
import { Icon } from '../../ui/Icon';
import { useLoaded } from '../../ui/useLoaded';
import type { TabProps } from '../tab';
import './checks.css';
import { groupsOf, loadFacts, type Facts } from './facts';
import { score, type Score, type Severity } from './finding';
import { FindingGroup, severities } from './FindingList';
import { HtmlSupport } from './HtmlSupport';

/** What may go wrong with a mail, told before it is sent to people. */
export default function Checks({ message }: TabProps) {
  const facts = useLoaded(keyOf(message), () => loadFacts(message));
  return <Await from={facts}>{(loaded) => <Report facts={loaded} />}</Await>;
}

function Report({ facts }: { facts: Facts }) {
  const groups = useMemo(() => groupsOf(facts), [facts]);
  const [shown, setShown] = useState<Set<Severity>>(new Set(['bad', 'warn', 'info', 'good']));
  return (
    <div class="checks" data-testid="checks">
      <ScoreBar counts={score(groups)} shown={shown} onChange={setShown} />
      {groups.map((group) => (
        <FindingGroup key={group.id} group={group} shown={shown} />
      ))}
      {facts.document ? <HtmlSupport message={facts.message} document={facts.document} /> : <p class="muted">The mail has no HTML to check.</p>}
    </div>
  );
}

const names: Record<Severity, [one: string, many: string]> = { bad: ['problem', 'problems'], warn: ['warning', 'warnings'], info: ['note', 'notes'], good: ['passed', 'passed'] };

function ScoreBar({ counts, shown, onChange }: { counts: Score; shown: Set<Severity>; onChange: (shown: Set<Severity>) => void }) {
  const toggle = (severity: Severity) => {
    const changed = new Set(shown);
    if (!changed.delete(severity)) changed.add(severity);
    onChange(changed);
  };
  return (
    <div class="score" role="group" aria-label="Findings shown" data-testid="score">
      {(['bad', 'warn', 'info', 'good'] as const).map((severity) => (
        <button
          key={severity}
          type="button"
          class={`score-count is-${severity}`}
          aria-pressed={shown.has(severity)}
          disabled={counts[severity] === 0}
          onClick={() => toggle(severity)}
          data-testid={`score-${severity}`}
        >
          <Icon name={severities[severity].icon} />
          <strong>{counts[severity]}</strong> {names[severity][counts[severity] === 1 ? 0 : 1]}
        </button>
      ))}
    </div>
  );
}
