import { api } from '../api/client';
import type { Source } from './messageRun';

/** All messages of a mailbox. UIDs rise one by one but for what was deleted, so a position can be guessed from them. */
export function mailboxSource(mailboxId: number): Source {
  let oldestUid: number | undefined;
  return {
    older: (than, limit) => api.list(mailboxId, than?.uid, 'desc', limit),
    newest: async (limit) => (await api.list(mailboxId, undefined, 'desc', limit)).messages,
    newer: (than, limit) => api.list(mailboxId, than.uid, 'asc', limit),
    near: async (index, total, newest) => {
      oldestUid ??= (await api.list(mailboxId, 0, 'asc', 1)).messages[0]?.uid ?? 1;
      const uid = newest.uid - Math.round((index / Math.max(total - 1, 1)) * (newest.uid - oldestUid));
      return api.list(mailboxId, uid + 1, 'desc', 100);
    },
  };
}

/** What a query finds, in one mailbox or in all. Its pages have keys of their own, which only lead on. */
export function searchSource(query: string, mailboxId: number | undefined): Source {
  let next: string | undefined;
  return {
    older: async (than, limit) => {
      const page = await api.search(query, mailboxId, than ? next : undefined, limit);
      next = page.next ?? undefined;
      return page;
    },
    newest: async (limit) => (await api.search(query, mailboxId, undefined, limit)).messages,
  };
}
