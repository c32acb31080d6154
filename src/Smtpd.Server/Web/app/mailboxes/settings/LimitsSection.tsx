import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Mailbox, MailboxPatch } from '../../api/types';
import { put } from '../../state/mailboxes';
import { formOf, readLimits, type Field, type Refusal } from './limits';
import { TaskState } from './TaskState';
import { useTask } from './useTask';

const fields: [field: Exclude<Field, 'refusal' | 'rate' | 'window'>, title: string, hint: string][] = [
  ['messages', 'Messages', 'More than that, and the oldest go. Pinned ones stay.'],
  ['bytes', 'Size of all', 'Such as 500 MB. The oldest go.'],
  ['age', 'Age', 'Such as 7d or 12h. Older ones go.'],
  ['messageBytes', 'Size of one message', 'Such as 25 MB. Larger ones are refused.'],
];

export function LimitsSection({ mailbox }: { mailbox: Mailbox }) {
  const [form, setForm] = useState(formOf(mailbox.limits));
  const task = useTask();
  const read = readLimits(form);
  const wrong = 'wrong' in read ? read.wrong : {};
  const set = (field: Field) => (event: { currentTarget: { value: string } }) => setForm({ ...form, [field]: event.currentTarget.value });
  const save = (event: Event) => {
    event.preventDefault();
    if (!('patch' in read)) return;
    void task.run(async () => put(await api.changeMailbox(mailbox.id, { limits: read.patch } as unknown as MailboxPatch)));
  };
  const input = (field: Exclude<Field, 'refusal'>, label: string) => (
    <input
      class="input"
      aria-label={label}
      value={form[field]}
      placeholder="no limit"
      aria-invalid={wrong[field] !== undefined}
      aria-describedby={`limit-${field}-hint`}
      onInput={set(field)}
      data-testid={`limit-${field}`}
    />
  );
  const hint = (field: Field, text: string) => (
    <small id={`limit-${field}-hint`} class={wrong[field] ? 'is-wrong' : ''}>
      {wrong[field] ?? text}
    </small>
  );
  return (
    <section class="card" aria-labelledby="settings-limits">
      <h2 id="settings-limits">Limits</h2>
      <form onSubmit={save} data-testid="settings-limits">
        <div class="limits">
          {fields.map(([field, title, text]) => (
            <label key={field} class="field">
              <span>{title}</span>
              {input(field, title)}
              {hint(field, text)}
            </label>
          ))}
        </div>
        <fieldset class="field">
          <legend>Rate</legend>
          <div class="rate">
            {input('rate', 'Messages in a window')} <span>messages in</span> {input('window', 'Length of the window')}
            <select class="input" aria-label="When there are more" value={form.refusal} onChange={(event) => setForm({ ...form, refusal: event.currentTarget.value as Refusal })} data-testid="limit-refusal">
              <option value="reject">refuse for good (550)</option>
              <option value="defer">ask to come again (451)</option>
              <option value="close">hang up (421)</option>
            </select>
          </div>
          {hint('rate', 'Empty: as many as come.')}
          {wrong.window && hint('window', '')}
        </fieldset>
        <div class="form-end">
          <button class="button is-primary" disabled={task.isRunning || 'wrong' in read} data-testid="settings-limits-save">
            Save
          </button>
          <TaskState task={task} done="Saved." testId="settings-limits" />
        </div>
      </form>
    </section>
  );
}
