import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { AddressRule, Mailbox } from '../../api/types';
import { put } from '../../state/mailboxes';
import { Await } from '../../ui/Await';
import { Icon } from '../../ui/Icon';
import { useLoaded } from '../../ui/useLoaded';
import { TaskState } from './TaskState';
import { useTask } from './useTask';

const kinds: Record<string, string> = {
  exact: 'this address', tagged: 'this address, with any tag', user: 'this user at the server’s own domains', pattern: 'what fits the pattern', domain: 'every address of the domain', catchAll: 'everything else',
};

export function Addresses({ mailbox }: { mailbox: Mailbox }) {
  const [version, setVersion] = useState(0);
  const rules = useLoaded(`${mailbox.id} ${version}`, () => api.addresses(mailbox.id));
  const [rule, setRule] = useState('');
  const task = useTask();
  const change = (work: () => Promise<unknown>) =>
    task.run(async () => {
      await work();
      setVersion((before) => before + 1);
      put(await api.mailbox(mailbox.id));
    });
  const add = (event: Event) => {
    event.preventDefault();
    void change(async () => {
      await api.addAddress(mailbox.id, rule.trim());
      setRule('');
    });
  };
  return (
    <section class="card" aria-labelledby="settings-addresses" data-testid="settings-addresses">
      <h2 id="settings-addresses">Addresses</h2>
      <p class="muted">Mail to these comes here.</p>
      <Await from={rules}>{(found) => <Rules rules={found} isRunning={task.isRunning} onRemove={(each) => void change(() => api.removeAddress(mailbox.id, each))} />}</Await>
      <form class="one-line" onSubmit={add}>
        <input
          class="input" required aria-label="New address or rule" placeholder="orders@example.com" autocomplete="off" spellcheck={false}
          value={rule} onInput={({ currentTarget }) => setRule(currentTarget.value)} aria-describedby="address-hint" data-testid="address-new"
        />
        <button class="button" disabled={task.isRunning} data-testid="address-add">
          <Icon name="plus" /> Add
        </button>
      </form>
      <small id="address-hint" class="muted">
        Also <code>support+*@example.com</code>, <code>order-*@example.com</code>, <code>@example.com</code>, <code>support@</code> and <code>*</code>.
      </small>
      <TaskState task={task} testId="address" />
    </section>
  );
}

const Rules = ({ rules, isRunning, onRemove }: { rules: AddressRule[]; isRunning: boolean; onRemove: (rule: string) => void }) =>
  rules.length === 0 ? (
    <p data-testid="addresses-none">None yet.</p>
  ) : (
    <ul class="rows">
      {rules.map(({ rule, kind }) => (
        <li key={rule} data-testid={`address-${rule}`}>
          <div>
            <code>{rule}</code> <span class="muted">{kinds[kind]}</span>
          </div>
          <button type="button" class="button is-plain is-icon" aria-label={`Remove ${rule}`} title="Remove" disabled={isRunning} onClick={() => onRemove(rule)} data-testid={`address-remove-${rule}`}>
            <Icon name="trash" />
          </button>
        </li>
      ))}
    </ul>
  );
