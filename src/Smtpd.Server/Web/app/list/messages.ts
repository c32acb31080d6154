import { batch, computed, effect, signal } from '@preact/signals';
import { api } from '../api/client';
import { isSame, keyOf, type Message, type MessageKey } from '../api/types';
import { complain } from '../shell/toasts';
import { mailbox, mailboxes, refreshSoon } from '../state/mailboxes';
import { route, type Scope } from '../state/route';
import { MessageRun } from './messageRun';
import { mailboxSource, searchSource } from './sources';

/** The list in the middle pane: a mailbox, or what a query finds. */
export interface OpenList {
  scope: Scope;
  query: string;
  run: MessageRun;
}

/** Rises with every change of the list that is open. */
export const version = signal(0);
export const list = signal<OpenList | undefined>(undefined);
export const isLoading = signal(false);
/** What is wrong with the query, or why there is no list. */
export const problem = signal<string | undefined>(undefined);
/** Messages that came in above what is looked at. */
export const arrivedAbove = signal(0);
/** Messages that have just come: they slide in. */
export const fresh = signal<ReadonlySet<string>>(new Set());

const shiftListeners = new Set<(rows: number) => void>();
export const onShift = (listener: (rows: number) => void): (() => void) => {
  shiftListeners.add(listener);
  return () => shiftListeners.delete(listener);
};

const wanted = computed(() => {
  const { scope, query } = route.value;
  return scope === undefined ? undefined : JSON.stringify({ scope, query: query.trim() });
});

effect(() => {
  const place = wanted.value;
  if (place === undefined) list.value = undefined;
  else void open(JSON.parse(place) as { scope: Scope; query: string });
});

effect(() => {
  const total = mailbox.value?.messages;
  const now = list.value;
  if (total !== undefined && now?.query === '' && now.scope === mailbox.value?.id) now.run.count(total);
});

/** Reads the list that is open anew, from the newest on. */
export const reload = (): void => {
  const now = list.peek();
  if (now) void open(now);
};

async function open({ scope, query }: { scope: Scope; query: string }): Promise<void> {
  const isMailbox = typeof scope === 'number' && query === '';
  const source = isMailbox ? mailboxSource(scope) : searchSource(query, scope === 'all' ? undefined : scope);
  const run: MessageRun = new MessageRun(
    source,
    (shift) => {
      if (list.peek()?.run !== run) return;
      if (shift !== 0) for (const listener of shiftListeners) listener(shift);
      version.value++;
    },
    complain,
  );
  const before = list.peek();
  isLoading.value = true;
  try {
    await run.open(isMailbox ? mailboxes.peek().find((each) => each.id === scope)?.messages : undefined);
    // Somebody went on meanwhile.
    if (wanted.peek() !== JSON.stringify({ scope, query })) return;
    batch(() => {
      problem.value = undefined;
      list.value = { scope, query, run };
      version.value++;
      arrivedAbove.value = 0;
      if (before?.scope !== scope || before.query !== query) selected.value = new Map();
    });
  } catch (failure) {
    if (wanted.peek() !== JSON.stringify({ scope, query })) return;
    batch(() => {
      problem.value = failure instanceof Error ? failure.message : String(failure);
      if (before?.scope !== scope) list.value = undefined;
    });
  } finally {
    if (wanted.peek() === JSON.stringify({ scope, query })) isLoading.value = false;
  }
}

// ---- what happens on the server ----

/** Removed here first: the server's word of it counts nothing any more. */
const removedHere = new Set<string>();

export function arrive(messages: readonly Message[]): void {
  const now = list.peek();
  for (const id of new Set(messages.map((each) => each.mailboxId))) refreshSoon(id);
  if (!now) return;
  if (now.query === '' && typeof now.scope === 'number') {
    const here = messages.filter((each) => each.mailboxId === now.scope).sort((a, b) => b.uid - a.uid);
    add(now.run, here);
  } else {
    findNewSoon();
  }
}

function add(run: MessageRun, messages: readonly Message[]): void {
  if (messages.length === 0) return;
  fresh.value = new Set(messages.slice(0, 50).map(keyOf));
  run.add(messages);
}

let isFinding = false;

// Only the server knows what a query finds. Once a second is enough, however much arrives.
function findNewSoon(): void {
  if (isFinding) return;
  isFinding = true;
  setTimeout(async () => {
    isFinding = false;
    await catchUp();
  }, 1000);
}

/** Asks for what came while we did not hear of it. */
export async function catchUp(): Promise<void> {
  try {
    await list.peek()?.run.catchUp();
  } catch {
    // The next arrival asks again.
  }
}

export function change(message: Message): void {
  list.peek()?.run.replace(message);
  if (opened.peek() && isSame(opened.peek()!, message)) opened.value = message;
  const chosen = selected.peek();
  if (chosen.has(keyOf(message))) selected.value = new Map(chosen).set(keyOf(message), message);
  refreshSoon(message.mailboxId);
}

export function vanish(mailboxId: number, uids: readonly number[]): void {
  const strange = uids.filter((uid) => !removedHere.delete(keyOf({ mailboxId, uid })));
  if (strange.length > 0) list.peek()?.run.remove(mailboxId, new Set(strange));
  unselect(mailboxId, uids);
  refreshSoon(mailboxId);
}

export function takeAway(messages: readonly Message[]): void {
  for (const mailboxId of new Set(messages.map((each) => each.mailboxId))) {
    const uids = messages.filter((each) => each.mailboxId === mailboxId).map((each) => each.uid);
    for (const uid of uids) removedHere.add(keyOf({ mailboxId, uid }));
    list.peek()?.run.remove(mailboxId, new Set(uids));
    unselect(mailboxId, uids);
  }
}

export function putBack(messages: readonly Message[]): void {
  for (const message of messages) removedHere.delete(keyOf(message));
  list.peek()?.run.restore(messages);
}

// ---- the message that is open ----

/** The message of the address, as soon as it is known. */
export const opened = signal<Message | undefined>(undefined);
export const openProblem = signal<string | undefined>(undefined);

const openKey = computed(() => {
  const key = route.value.message;
  return key ? keyOf(key) : undefined;
});

effect(() => {
  openKey.value;
  const key = route.peek().message;
  openProblem.value = undefined;
  if (!key) opened.value = undefined;
  else if (!opened.peek() || !isSame(opened.peek()!, key)) {
    const run = list.peek()?.run;
    const index = run?.indexOf(key);
    opened.value = index === undefined ? undefined : run!.at(index);
    if (index === undefined) void fetchOpened(key);
  }
});

async function fetchOpened(key: MessageKey): Promise<void> {
  try {
    const message = await api.message(key);
    if (openKey.peek() === keyOf(key)) opened.value = message;
  } catch (failure) {
    if (openKey.peek() === keyOf(key)) openProblem.value = failure instanceof Error ? failure.message : String(failure);
  }
}

/** Where the open message stands in the list, if it is loaded there. */
export const openedIndex = computed(() => {
  version.value;
  const key = route.value.message;
  return key ? list.value?.run.indexOf(key) : undefined;
});

// ---- selection ----

export const selected = signal<ReadonlyMap<string, Message>>(new Map());
let anchor: MessageKey | undefined;

export function toggle(message: Message): void {
  const next = new Map(selected.value);
  if (!next.delete(keyOf(message))) next.set(keyOf(message), message);
  anchor = message;
  selected.value = next;
}

/** From where the selection was last changed to here. */
export function selectTo(message: Message): void {
  const run = list.value?.run;
  const [from, to] = [anchor && run?.indexOf(anchor), run?.indexOf(message)];
  if (!run || from === undefined || to === undefined) return toggle(message);
  const next = new Map(selected.value);
  for (let index = Math.min(from, to); index <= Math.max(from, to); index++) {
    const each = run.at(index);
    if (each) next.set(keyOf(each), each);
  }
  selected.value = next;
}

/** All that is loaded. */
export const selectLoaded = (): void => {
  selected.value = new Map((list.value?.run.rows ?? []).map((each) => [keyOf(each), each]));
};

export const unselectAll = (): void => {
  selected.value = new Map();
};

function unselect(mailboxId: number, uids: readonly number[]): void {
  const next = new Map(selected.value);
  for (const uid of uids) next.delete(keyOf({ mailboxId, uid }));
  if (next.size !== selected.value.size) selected.value = next;
}
