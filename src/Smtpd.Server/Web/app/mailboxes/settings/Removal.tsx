import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Mailbox } from '../../api/types';
import { mailboxes } from '../../state/mailboxes';
import { go } from '../../state/route';
import { plural } from '../../ui/format';
import { TaskState } from './TaskState';
import { useTask } from './useTask';

export function Removal({ mailbox }: { mailbox: Mailbox }) {
  const [typed, setTyped] = useState('');
  const task = useTask();
  const remove = (event: Event) => {
    event.preventDefault();
    if (typed !== mailbox.name) return;
    void task.run(async () => {
      await api.removeMailbox(mailbox.id);
      mailboxes.value = mailboxes.value.filter((each) => each.id !== mailbox.id);
      go({ scope: 'all', view: 'none', message: undefined, other: undefined, tab: undefined, query: '' });
    });
  };
  return (
    <section class="card is-danger" aria-labelledby="settings-removal">
      <h2 id="settings-removal">Remove the mailbox</h2>
      <p>
        Its {plural(mailbox.messages, 'message')}, users and addresses go with it. This cannot be undone.
      </p>
      <form onSubmit={remove} data-testid="settings-removal">
        <label class="field">
          <span>
            Type <code>{mailbox.name}</code> to confirm
          </span>
          <input class="input" autocomplete="off" spellcheck={false} value={typed} onInput={({ currentTarget }) => setTyped(currentTarget.value)} data-testid="removal-name" />
        </label>
        <div class="form-end">
          <button class="button is-danger" disabled={typed !== mailbox.name || task.isRunning} data-testid="removal-confirm">
            Remove it
          </button>
          <TaskState task={task} testId="removal" />
        </div>
      </form>
    </section>
  );
}
