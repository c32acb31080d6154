import { computed, signal } from '@preact/signals';
import { api, type CallerView, type ServerView } from '../api/client';
import type { Mailbox, Project } from '../api/types';
import { route } from './route';

export const mailboxes = signal<Mailbox[]>([]);
export const projects = signal<Project[]>([]);
export const caller = signal<CallerView | undefined>(undefined);
export const server = signal<ServerView | undefined>(undefined);
export const isLoaded = signal(false);

export const mailbox = computed(() => {
  const scope = route.value.scope;
  return typeof scope === 'number' ? mailboxes.value.find((each) => each.id === scope) : undefined;
});

export const unreadInAll = computed(() => mailboxes.value.reduce((sum, each) => sum + each.unread, 0));

export const isAdministrator = computed(() => caller.value?.administrator ?? false);

/** Asks for everything that stands beside the lists. */
export async function loadMailboxes(): Promise<void> {
  caller.value = await api.caller();
  if (caller.value.administrator) {
    [mailboxes.value, projects.value, server.value] = await Promise.all([api.mailboxes(), api.projects(), api.server()]);
  } else if (caller.value.mailboxId !== null) {
    const [own, facts] = await Promise.all([api.mailbox(caller.value.mailboxId), api.server()]);
    [mailboxes.value, projects.value, server.value] = [[own], [], facts];
  }
  isLoaded.value = true;
}

export function put(changed: Mailbox): void {
  const others = mailboxes.value.filter((each) => each.id !== changed.id);
  mailboxes.value = [...others, changed].sort((a, b) => a.id - b.id);
}

const waiting = new Map<number, ReturnType<typeof setTimeout>>();
const patience = 400;

/** Asks anew for a mailbox's counters, once for all that happens within a moment. */
export function refreshSoon(id: number): void {
  if (waiting.has(id)) return;
  waiting.set(
    id,
    setTimeout(() => {
      waiting.delete(id);
      void refresh(id);
    }, patience),
  );
}

async function refresh(id: number): Promise<void> {
  try {
    put(await api.mailbox(id));
  } catch (problem) {
    if ((problem as { status?: number }).status === 404) mailboxes.value = mailboxes.value.filter((each) => each.id !== id);
  }
}
