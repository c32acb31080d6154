import { signal } from '@preact/signals';
import type { Message } from '../api/types';
import { arrive, catchUp, change, reload, vanish } from '../list/messages';
import { loadMailboxes, refreshSoon } from './mailboxes';

export type Connection = 'connecting' | 'live' | 'lost';

/** Whether we hear of what happens. */
export const connection = signal<Connection>('connecting');

let source: EventSource | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
let arrived: Message[] = [];
let lastId = '';

// A flood of mail is shown ten times a second, not with every message.
const gathering = 100;

/** Listens from now on. The browser comes back by itself after an interruption, with the id of the last event, so that nothing is missed. */
export function listen(): void {
  source?.close();
  clearTimeout(retry);
  source = new EventSource(lastId ? `/api/events?lastEventId=${encodeURIComponent(lastId)}` : '/api/events');
  source.onopen = () => {
    connection.value = 'live';
    // Without an id to go on from, what came before is known to nobody here.
    if (!lastId) void catchUp();
  };
  source.onerror = () => {
    connection.value = 'lost';
    // A refusal (503, 401) ends the browser's own trying.
    if (source?.readyState === EventSource.CLOSED) retry = setTimeout(listen, 3000);
  };
  const on = <T,>(name: string, handle: (data: T) => void) =>
    source!.addEventListener(name, (event: MessageEvent<string>) => {
      lastId = event.lastEventId;
      handle(JSON.parse(event.data) as T);
    });
  on<Message>('message.stored', gather);
  on<Message>('message.changed', change);
  on<{ mailboxId: number; uids: number[] }>('messages.removed', ({ mailboxId, uids }) => vanish(mailboxId, uids));
  on<{ mailboxId: number }>('mailbox.changed', ({ mailboxId }) => refreshSoon(mailboxId));
  on<unknown>('heartbeat', () => undefined);
  on<unknown>('reset', () => {
    void loadMailboxes();
    reload();
  });
}

function gather(message: Message): void {
  if (arrived.length === 0) {
    setTimeout(() => {
      const messages = arrived;
      arrived = [];
      arrive(messages);
    }, gathering);
  }
  arrived.push(message);
}
