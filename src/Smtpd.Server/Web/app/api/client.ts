import { signal } from '@preact/signals';
import type {
  AddressRule, Code, Header, Link, Mailbox, MailboxPatch, Message, MessageChange, MessageKey, NewMailbox, Part, Project, Session, Tag,
} from './types';

/** A refusal of the server, in its own words (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
  ) {
    super(detail || title);
  }
}

/** True once the server asked who we are: the page shows the sign-in form. */
export const isSignInNeeded = signal(false);

/** Path of a message's resources; without `what` the message itself. */
export const messagePath = (key: MessageKey, what = ''): string =>
  `/api/mailboxes/${key.mailboxId}/messages/${key.uid}${what && '/' + what}`;

export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(path, init);
  if (response.ok) return response;
  if (response.status === 401 && path !== '/api/session') isSignInNeeded.value = true;
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const body = (await response.json()) as { title?: string; detail?: string };
    return new Problem(response.status, body.title ?? response.statusText, body.detail ?? '');
  } catch {
    return new Problem(response.status, response.statusText, '');
  }
}

const withJson = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

async function json<T>(path: string, init?: RequestInit): Promise<T> {
  return (await (await request(path, init)).json()) as T;
}

const text = async (path: string, init?: RequestInit): Promise<string> => (await request(path, init)).text();

const query = (parameters: Record<string, string | number | undefined>): string => {
  const given = Object.entries(parameters).filter((each): each is [string, string | number] => each[1] !== undefined);
  return given.length === 0 ? '' : '?' + new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
};

export interface Page<TKey> {
  messages: Message[];
  next: TKey | null;
}

export type Order = 'asc' | 'desc';

/** Everything that the page asks of the server; the rest of the page knows no path. */
export const api = {
  projects: async () => (await json<{ projects: Project[] }>('/api/projects')).projects,
  addProject: (name: string) => json<Project>('/api/projects', withJson('POST', { name })),

  mailboxes: async () => {
    const all: Mailbox[] = [];
    for (let after: number | null | undefined = undefined; after !== null; ) {
      const page: { mailboxes: Mailbox[]; next?: number | null } = await json(`/api/mailboxes${query({ limit: 1000, after })}`);
      all.push(...page.mailboxes);
      after = page.next ?? null;
    }
    return all;
  },
  mailbox: (id: number) => json<Mailbox>(`/api/mailboxes/${id}`),
  addMailbox: (mailbox: NewMailbox) => json<Mailbox>('/api/mailboxes', withJson('POST', mailbox)),
  changeMailbox: (id: number, patch: MailboxPatch) => json<Mailbox>(`/api/mailboxes/${id}`, withJson('PATCH', patch)),
  removeMailbox: (id: number) => request(`/api/mailboxes/${id}`, { method: 'DELETE' }),
  addresses: async (id: number) => (await json<{ addresses: AddressRule[] }>(`/api/mailboxes/${id}/addresses`)).addresses,
  addAddress: (id: number, rule: string) => request(`/api/mailboxes/${id}/addresses`, withJson('POST', { rule })),
  removeAddress: (id: number, rule: string) => request(`/api/mailboxes/${id}/addresses/${encodeURIComponent(rule)}`, { method: 'DELETE' }),
  addUser: (id: number, user: string) => json<{ user: string; password?: string }>(`/api/mailboxes/${id}/users`, withJson('POST', { user })),
  removeUser: (id: number, user: string) => request(`/api/mailboxes/${id}/users/${encodeURIComponent(user)}`, { method: 'DELETE' }),
  newPassword: (id: number, user: string) =>
    json<{ user: string; password?: string }>(`/api/mailboxes/${id}/users/${encodeURIComponent(user)}/password`, withJson('POST', {})),

  list: (mailboxId: number, after: number | undefined, order: Order, limit: number, signal?: AbortSignal) =>
    json<Page<number>>(`/api/mailboxes/${mailboxId}/messages${query({ after, order, limit })}`, signal && { signal }),
  search: (q: string, mailbox: number | undefined, after: string | undefined, limit: number, signal?: AbortSignal) =>
    json<Page<string>>(`/api/search${query({ q, mailbox, after, limit })}`, signal && { signal }),
  tags: async (mailboxId: number) => (await json<{ tags: Tag[] }>(`/api/mailboxes/${mailboxId}/tags`)).tags,

  message: (key: MessageKey) => json<Message>(messagePath(key)),
  change: (key: MessageKey, change: MessageChange) => json<Message>(messagePath(key), withJson('PATCH', change)),
  changeMany: (mailboxId: number, uids: number[], change: MessageChange) =>
    request(`/api/mailboxes/${mailboxId}/messages`, withJson('PATCH', { uids, ...change })),
  changeAll: (mailboxId: number, change: MessageChange) =>
    json<{ changed: number; more: boolean }>(`/api/mailboxes/${mailboxId}/messages`, withJson('PATCH', { all: true, ...change })),
  /** `keepalive`: the page may be about to go. */
  removeMany: (mailboxId: number, uids: number[], keepalive = false) =>
    request(`/api/mailboxes/${mailboxId}/messages`, { ...withJson('DELETE', { uids }), keepalive }),
  removeAll: (mailboxId: number) => json<{ deleted: number; more: boolean }>(`/api/mailboxes/${mailboxId}/messages`, { method: 'DELETE' }),
  importMessage: (mailboxId: number, file: Blob, contentType: string) =>
    json<{ imported: number; refused: number }>(`/api/mailboxes/${mailboxId}/messages`, {
      method: 'POST',
      headers: { 'Content-Type': contentType },
      body: file,
    }),

  text: (key: MessageKey) => text(messagePath(key, 'text')),
  html: (key: MessageKey) => text(messagePath(key, 'html?source=1')),
  headers: async (key: MessageKey) => (await json<{ headers: Header[] }>(messagePath(key, 'headers'))).headers,
  parts: async (key: MessageKey) => (await json<{ parts: Part[] }>(messagePath(key, 'parts'))).parts,
  links: async (key: MessageKey) => (await json<{ links: Link[] }>(messagePath(key, 'links'))).links,
  codes: async (key: MessageKey) => (await json<{ codes: Code[] }>(messagePath(key, 'codes'))).codes,
  transcript: (key: MessageKey) => text(messagePath(key, 'transcript')),
  /** The first octets of something, as text of one octet a character where it is not UTF-8. */
  beginning: async (path: string, octets: number): Promise<{ text: string; isWhole: boolean }> => {
    const response = await request(path, { headers: { Range: `bytes=0-${octets - 1}` } });
    const total = Number(response.headers.get('Content-Range')?.split('/')[1] ?? NaN);
    return { text: decode(await response.arrayBuffer()), isWhole: !(total > octets) };
  },

  sessions: async (mailboxId?: number) =>
    (await json<{ sessions: Session[] }>(mailboxId === undefined ? '/api/sessions' : `/api/mailboxes/${mailboxId}/sessions`)).sessions,

  server: () => json<ServerView>('/api/server'),
  caller: () => json<CallerView>('/api/session'),
  signIn: (user: string, password: string) => json<CallerView>('/api/session', withJson('POST', { user, password })),
  signOut: () => request('/api/session', { method: 'DELETE' }),
};

export interface ServerView {
  version: string;
  smtp: { host: string; port: number; tls: 'none' | 'startTls' | 'implicit' }[];
  authentication: boolean;
}

export interface CallerView {
  administrator: boolean;
  /** By the form of this page, so that there is something to sign out of. */
  signedIn: boolean;
  user: string | null;
  mailboxId: number | null;
}

function decode(octets: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    return new TextDecoder('windows-1252').decode(octets);
  }
}
