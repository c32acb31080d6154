import type { ServerView } from '../../api/client';
import type { Mailbox } from '../../api/types';

export type Tls = 'none' | 'startTls' | 'implicit';

export interface Listener {
  host: string;
  port: number;
  tls: Tls;
}

/** What the server listens for; the last two once it does. */
export interface Listeners extends Pick<ServerView, 'smtp' | 'authentication'> {
  pop3?: Listener[];
  imap?: Listener[];
}

/** What a program needs to send to a mailbox. */
export interface SmtpValues extends Listener {
  user?: string;
  password?: string;
  from: string;
  to: string;
}

export interface ApiValues {
  /** The mailbox's address in REST. */
  base: string;
  /** `user:password` for curl, when the server asks who one is. */
  login?: string;
}

export const placeholder = 'PASSWORD';

/** An address that says "every interface" is of no use to connect to. */
export const reachable = (listener: Listener, pageHost: string): Listener => ({
  ...listener,
  host: /^(0\.0\.0\.0|::|\[::\]|\*|)$/.test(listener.host) ? pageHost : listener.host,
});

/** What is known when the server does not say what it listens for. */
export function listenerOf(mailbox: Mailbox, pageHost: string): Listener {
  const match = /^(.*):(\d+)$/.exec(mailbox.urls?.smtp ?? '');
  return reachable(match ? { host: match[1]!, port: Number(match[2]), tls: 'none' } : { host: pageHost, port: 2525, tls: 'none' }, pageHost);
}

/** An address that a rule leads to the mailbox from; `undefined` when only the server knows its domains. */
export function addressOf(rule: string): string | undefined {
  if (rule === '*') return 'anyone@example.com';
  if (rule.startsWith('@')) return 'anyone' + rule;
  const address = rule.replace(/\+\*@/, '+test@').replace(/\*/g, '1').replace(/\?/g, '1');
  return address.endsWith('@') ? undefined : address.replace(/@1\./, '@a.');
}

/** An address to try: one that is written out rather than one made from a pattern. */
export function recipientOf(mailbox: Mailbox): string {
  const rules = (mailbox.addresses ?? []).slice().sort((a, b) => Number(/[*?]/.test(a)) - Number(/[*?]/.test(b)));
  return rules.map(addressOf).find((address) => address !== undefined) ?? 'you@example.com';
}
