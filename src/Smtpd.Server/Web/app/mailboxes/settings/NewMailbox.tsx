import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Mailbox, NewMailbox as Wanted } from '../../api/types';
import { projects, put } from '../../state/mailboxes';
import { go } from '../../state/route';
import { Icon } from '../../ui/Icon';
import { remember } from '../secrets';
import { readLength } from './limits';
import { ProjectChoice, projectOf, type Choice } from './ProjectChoice';
import { Secret } from './Secret';
import './settings.css';
import { TaskState } from './TaskState';
import { useTask } from './useTask';

/** A dialog that makes a mailbox, shows its password once, and goes to how to connect. It is open as long as it is rendered. */
export default function NewMailbox({ onClose, project }: { onClose: () => void; project?: number }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [made, setMade] = useState<Mailbox>();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="new-mailbox" onClose={onClose} data-testid="new-mailbox">
      <header>
        <h2 id="new-mailbox">{made ? `${made.name} is there` : 'New mailbox'}</h2>
        <button type="button" class="button is-plain is-icon" aria-label="Close" onClick={() => dialog.current?.close()} data-testid="new-mailbox-close">
          <Icon name="close" />
        </button>
      </header>
      {made ? <Result mailbox={made} onDone={() => dialog.current?.close()} /> : <Form project={project} onMade={setMade} />}
    </dialog>
  );
}

function Form({ project, onMade }: { project: number | undefined; onMade: (mailbox: Mailbox) => void }) {
  const [name, setName] = useState('');
  const [choice, setChoice] = useState<Choice>({ id: project ?? projects.value[0]?.id ?? 1 });
  const [isTemporary, setTemporary] = useState(false);
  const [ttl, setTtl] = useState('1h');
  const task = useTask();
  const isWrong = isTemporary && !readLength(ttl);
  const make = (event: Event) => {
    event.preventDefault();
    if (isWrong) return;
    void task.run(async () => {
      const id = await projectOf(choice);
      setChoice({ id });
      // What is left out is made up: the generated type has it all.
      const wanted = { ...(name.trim() && { name: name.trim() }), project: id, ...(isTemporary && { ttl: readLength(ttl) }) };
      const mailbox = await api.addMailbox(wanted as Wanted);
      for (const each of mailbox.credentials ?? []) remember(each.user, each.password);
      put(mailbox);
      onMade(mailbox);
    });
  };
  return (
    <form onSubmit={make}>
      <label class="field">
        <span>Name</span>
        <input class="input" autofocus autocomplete="off" placeholder="made up when empty" value={name} onInput={({ currentTarget }) => setName(currentTarget.value)} data-testid="new-mailbox-name" />
      </label>
      <ProjectChoice value={choice} onChange={setChoice} />
      <label class="check">
        <input type="checkbox" checked={isTemporary} onChange={({ currentTarget }) => setTemporary(currentTarget.checked)} data-testid="new-mailbox-temporary" /> Temporary: it goes by itself
      </label>
      {isTemporary && (
        <label class="field">
          <span>After</span>
          <input class="input" required value={ttl} aria-invalid={isWrong} aria-describedby="ttl-hint" onInput={({ currentTarget }) => setTtl(currentTarget.value)} data-testid="new-mailbox-ttl" />
          <small id="ttl-hint" class={isWrong ? 'is-wrong' : ''}>Such as 10m, 1h or 7d.</small>
        </label>
      )}
      <div class="form-end">
        <button class="button is-primary" disabled={task.isRunning || isWrong} data-testid="new-mailbox-make">
          Make it
        </button>
        <TaskState task={task} testId="new-mailbox" />
      </div>
    </form>
  );
}

function Result({ mailbox, onDone }: { mailbox: Mailbox; onDone: () => void }) {
  const connect = () => {
    onDone();
    go({ scope: mailbox.id, view: 'connect', message: undefined, other: undefined, tab: undefined, query: '' });
  };
  return (
    <>
      {(mailbox.credentials ?? []).map(({ user, password }) => password && <Secret key={user} user={user} password={password} />)}
      {mailbox.addresses && mailbox.addresses.length > 0 && (
        <p data-testid="new-mailbox-addresses">
          Mail to <code>{mailbox.addresses.join(', ')}</code> comes here too.
        </p>
      )}
      <div class="form-end">
        <button type="button" class="button is-primary" autofocus onClick={connect} data-testid="new-mailbox-connect">
          <Icon name="plug" /> How to connect
        </button>
      </div>
    </>
  );
}
