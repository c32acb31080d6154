import { Icon, type IconName } from '../../ui/Icon';
import type { Finding, Group, Severity } from './finding';
import { LineLinks } from './LineLinks';

export const severities: Record<Severity, { icon: IconName; word: string }> = {
  bad: { icon: 'close', word: 'Problem' },
  warn: { icon: 'warning', word: 'Warning' },
  info: { icon: 'info', word: 'Note' },
  good: { icon: 'check', word: 'Passed' },
};

export function FindingGroup({ group, shown }: { group: Group; shown: Set<Severity> }) {
  const findings = group.findings.filter((finding) => shown.has(finding.severity));
  if (findings.length === 0) return null;
  return (
    <section aria-labelledby={`checks-${group.id}`} data-testid={`checks-${group.id}`}>
      <h2 id={`checks-${group.id}`}>{group.title}</h2>
      <ul class="findings card">
        {findings.map((finding) => (
          <FindingItem key={finding.id} finding={finding} />
        ))}
      </ul>
    </section>
  );
}

const few = 3;

function FindingItem({ finding }: { finding: Finding }) {
  const { icon, word } = severities[finding.severity];
  const examples = finding.examples ?? [];
  return (
    <li class={`finding is-${finding.severity}`} data-testid={`finding-${finding.id}`} data-severity={finding.severity}>
      <Icon name={icon} />
      <div>
        <h3>
          <span class="visually-hidden">{word}: </span>
          {finding.title}
        </h3>
        <p class="muted">
          {finding.explanation}
          {finding.advice && <strong> {finding.advice}</strong>}
        </p>
        <LineLinks lines={finding.lines ?? []} />
        <Examples examples={examples.slice(0, few)} />
        {examples.length > few && (
          <details>
            <summary>{examples.length - few} more</summary>
            <Examples examples={examples.slice(few, 200)} />
          </details>
        )}
      </div>
    </li>
  );
}

const Examples = ({ examples }: { examples: string[] }) =>
  examples.length === 0 ? null : (
    <ul class="examples">
      {examples.map((example) => (
        <li key={example}>
          <code>{example}</code>
        </li>
      ))}
    </ul>
  );
