import type { ComponentChildren } from 'preact';
import { CopyButton } from '../../ui/CopyButton';

/** Names and values to be copied into settings. */
export const Values = ({ children }: { children: ComponentChildren }) => <dl class="values">{children}</dl>;

export const Value = ({ name, value, note, testId, isCopied = true }: { name: string; value: string; note?: string; testId: string; isCopied?: boolean }) => (
  <div data-testid={testId}>
    <dt>{name}</dt>
    <dd>
      <code>{value}</code>
      {note && <small class="muted">{note}</small>}
      {isCopied && <CopyButton text={value} label={`Copy ${name}`} testId={`${testId}-copy`} />}
    </dd>
  </div>
);
