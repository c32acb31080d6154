import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Mailbox } from '../../api/types';
import { put } from '../../state/mailboxes';
import { Await } from '../../ui/Await';
import { Icon } from '../../ui/Icon';
import { useLoaded } from '../../ui/useLoaded';
import { remember } from '../secrets';
import { Secret } from './Secret';
import { TaskState } from './TaskState';
import { useTask } from './useTask';

interface Made {
  user: string;
  password?: string;
}

export function Users({ mailbox }: { mailbox: Mailbox }) {
  const [version, setVersion] = useState(0);
  const users = useLoaded(`${mailbox.id} ${version}`, async () => (await api.mailbox(mailbox.id)).users ?? []);
  const [user, setUser] = useState('');
  const [made, setMade] = useState<Made>();
  const task = useTask();
  const change = (work: () => Promise<Made | undefined>) =>
    void task.run(async () => {
      const result = await work();
      remember(result?.user ?? '', result?.password);
      setMade(result);
      setVersion((before) => before + 1);
      put(await api.mailbox(mailbox.id));
    });
  const add = (event: Event) => {
    event.preventDefault();
    change(async () => {
      const result = await api.addUser(mailbox.id, user.trim());
      setUser('');
      return result;
    });
  };
  const remove = async (each: string) => {
    await api.removeUser(mailbox.id, each);
    return undefined;
  };
  return (
    <section class="card" aria-labelledby="settings-users" data-testid="settings-users">
      <h2 id="settings-users">Users</h2>
      <p class="muted">Who signs in as one of them sends into this mailbox, and reads it by REST.</p>
      <Await from={users}>
        {(found) =>
          found.length === 0 ? (
            <p data-testid="users-none">None yet.</p>
          ) : (
            <ul class="rows">
              {found.map((each) => (
                <li key={each} data-testid={`user-${each}`}>
                  <code>{each}</code>
                  <span>
                    <button type="button" class="button" disabled={task.isRunning} onClick={() => change(() => api.newPassword(mailbox.id, each))} data-testid={`user-password-${each}`}>
                      New password<span class="visually-hidden"> for {each}</span>
                    </button>
                    <button
                      type="button" class="button is-plain is-icon" aria-label={`Remove ${each}`} title="Remove" disabled={task.isRunning}
                      onClick={() => change(() => remove(each))} data-testid={`user-remove-${each}`}
                    >
                      <Icon name="trash" />
                    </button>
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Await>
      {made?.password && <Secret user={made.user} password={made.password} />}
      <form class="one-line" onSubmit={add}>
        <input
          class="input" required aria-label="Name of a new user" placeholder="orders-staging" autocomplete="off" spellcheck={false}
          value={user} onInput={({ currentTarget }) => setUser(currentTarget.value)} data-testid="user-new"
        />
        <button class="button" disabled={task.isRunning} data-testid="user-add">
          <Icon name="plus" /> Add
        </button>
      </form>
      <TaskState task={task} testId="user" />
    </section>
  );
}
