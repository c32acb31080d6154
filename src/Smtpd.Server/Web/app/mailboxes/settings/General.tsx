import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Mailbox, MailboxPatch } from '../../api/types';
import { put } from '../../state/mailboxes';
import { fullTime } from '../../ui/format';
import { ProjectChoice, projectOf, type Choice } from './ProjectChoice';
import { TaskState } from './TaskState';
import { useTask } from './useTask';

export function General({ mailbox }: { mailbox: Mailbox }) {
  const [name, setName] = useState(mailbox.name);
  const [project, setProject] = useState<Choice>({ id: mailbox.project });
  const [isOpen, setOpen] = useState(mailbox.open);
  const [isLasting, setLasting] = useState(false);
  const task = useTask();
  const save = (event: Event) => {
    event.preventDefault();
    void task.run(async () => {
      const id = await projectOf(project);
      setProject({ id });
      const patch = { name: name.trim(), project: id, open: isOpen, ...(isLasting && { expiresAt: null }) };
      // A merge patch leaves out what it does not change; the generated type has it all.
      put(await api.changeMailbox(mailbox.id, patch as MailboxPatch));
    });
  };
  return (
    <section class="card" aria-labelledby="settings-general">
      <h2 id="settings-general">General</h2>
      <form onSubmit={save} data-testid="settings-general">
        <label class="field">
          <span>Name</span>
          <input class="input" required value={name} onInput={({ currentTarget }) => setName(currentTarget.value)} data-testid="settings-name" />
        </label>
        <ProjectChoice value={project} onChange={setProject} />
        <label class="check">
          <input type="checkbox" checked={isOpen} onChange={({ currentTarget }) => setOpen(currentTarget.checked)} data-testid="settings-open" /> Open: takes mail
        </label>
        {mailbox.expiresAt && (
          <label class="check">
            <input type="checkbox" checked={isLasting} onChange={({ currentTarget }) => setLasting(currentTarget.checked)} data-testid="settings-lasting" /> Keep it. Now it goes by itself on{' '}
            {fullTime(new Date(mailbox.expiresAt))}
          </label>
        )}
        <div class="form-end">
          <button class="button is-primary" disabled={task.isRunning} data-testid="settings-general-save">
            Save
          </button>
          <TaskState task={task} done="Saved." testId="settings-general" />
        </div>
      </form>
    </section>
  );
}
