import { api } from '../api/client';
import { isSame, type Message, type MessageChange } from '../api/types';
import { complain, toast } from '../shell/toasts';
import { go, route } from '../state/route';
import { plural } from '../ui/format';
import { change, list, opened, openedIndex, putBack, selected, takeAway } from './messages';

/** What an action is meant for: the selection, or else the message that is open. */
export const chosen = (): Message[] => (selected.value.size > 0 ? [...selected.value.values()] : opened.value ? [opened.value] : []);

const byMailbox = (messages: readonly Message[]): [number, number[]][] => {
  const groups = new Map<number, number[]>();
  for (const each of messages) groups.set(each.mailboxId, [...(groups.get(each.mailboxId) ?? []), each.uid]);
  return [...groups];
};

/** Shows a change at once, asks the server for it, and takes it back when it is refused. */
async function apply(messages: readonly Message[], asked: MessageChange, shown: (message: Message) => Message): Promise<void> {
  for (const each of messages) change(shown(each));
  try {
    await Promise.all(byMailbox(messages).map(([mailboxId, uids]) => api.changeMany(mailboxId, uids, asked)));
  } catch (problem) {
    for (const each of messages) change(each);
    complain(problem);
  }
}

export const setRead = (messages: readonly Message[], read: boolean): Promise<void> => {
  const others = messages.filter((each) => each.flags.read !== read);
  return others.length === 0 ? Promise.resolve() : apply(others, { read }, (each) => ({ ...each, flags: { ...each.flags, read } }));
};

export const toggleRead = (messages: readonly Message[]): Promise<void> => setRead(messages, messages.some((each) => !each.flags.read));

export const togglePinned = (messages: readonly Message[]): Promise<void> => {
  const pinned = messages.some((each) => !each.flags.pinned);
  return apply(messages, { pinned }, (each) => ({ ...each, flags: { ...each.flags, pinned } }));
};

export const addTag = (messages: readonly Message[], tag: string): Promise<void> =>
  apply(messages, { addTags: [tag] }, (each) => ({ ...each, tags: each.tags.includes(tag) ? each.tags : [...each.tags, tag] }));

export const removeTag = (messages: readonly Message[], tag: string): Promise<void> =>
  apply(messages, { removeTags: [tag] }, (each) => ({ ...each, tags: each.tags.filter((other) => other !== tag) }));

/** How long a deletion can be undone. */
const regret = 7000;
const pending = new Map<number, readonly Message[]>();
let last = 0;

/** Takes messages away, and deletes them on the server when nobody has undone it. */
export function remove(messages: readonly Message[]): void {
  if (messages.length === 0) return;
  const id = ++last;
  pending.set(id, messages);
  leave(messages);
  takeAway(messages);
  const timer = setTimeout(() => void commit(id), regret);
  toast(`${plural(messages.length, 'message')} deleted`, {
    milliseconds: regret,
    action: {
      label: 'Undo',
      run: () => {
        clearTimeout(timer);
        if (pending.delete(id)) putBack(messages);
      },
    },
  });
}

// The next older message opens when the open one goes; the list closes up under it.
function leave(messages: readonly Message[]): void {
  const current = route.value.message;
  if (!current || !messages.some((each) => isSame(each, current))) return;
  const run = list.value?.run;
  const index = openedIndex.value;
  const isGone = (each: Message | undefined) => each !== undefined && messages.some((other) => isSame(other, each));
  let next = index ?? -1;
  while (index !== undefined && isGone(run?.at(next))) next++;
  const message = index === undefined ? undefined : (run?.at(next) ?? run?.at(index - 1));
  if (message && matchMedia('(min-width: 768px)').matches) go({ view: 'message', message }, true);
  else go({ view: 'none', message: undefined }, true);
}

async function commit(id: number, keepalive = false): Promise<void> {
  const messages = pending.get(id);
  if (!messages) return;
  pending.delete(id);
  try {
    await Promise.all(byMailbox(messages).map(([mailboxId, uids]) => api.removeMany(mailboxId, uids, keepalive)));
  } catch (problem) {
    putBack(messages);
    complain(problem);
  }
}

// Whoever closes the page has made up their mind.
addEventListener('pagehide', () => {
  for (const id of [...pending.keys()]) void commit(id, true);
});

export async function markAllRead(mailboxId: number): Promise<void> {
  try {
    while ((await api.changeAll(mailboxId, { read: true })).more);
  } catch (problem) {
    complain(problem);
  }
}
