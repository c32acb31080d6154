import type { Header, Message } from '../../api/types';

export interface Recipient {
  address: string;
  /** Where the mail names it; nowhere is a blind copy. */
  named: 'To' | 'Cc' | 'Bcc' | 'hidden';
}

export interface EnvelopeFacts {
  recipients: Recipient[];
  /** In To or Cc, but this copy was not sent to them. */
  elsewhere: string[];
  /** Whether MAIL FROM is the author, of the author's domain, another, or the null sender. */
  sender: 'author' | 'sameDomain' | 'other' | 'null' | 'noAuthor';
}

const same = (address: string): string => address.trim().toLowerCase();
const domainOf = (address: string): string => same(address).slice(address.trim().lastIndexOf('@') + 1);

export function envelopeFacts(message: Message, headers: Header[]): EnvelopeFacts {
  const named = new Map<string, Recipient['named']>();
  for (const header of headers) if (header.name.toLowerCase() === 'bcc') for (const address of addressesIn(header.value)) named.set(same(address), 'Bcc');
  for (const { address } of message.cc) named.set(same(address), 'Cc');
  for (const { address } of message.to) named.set(same(address), 'To');
  const reached = new Set(message.envelope.to.map(same));
  return {
    recipients: message.envelope.to.map((address) => ({ address, named: named.get(same(address)) ?? 'hidden' })),
    elsewhere: [...message.to, ...message.cc].map((each) => each.address).filter((address, i, all) => address !== '' && !reached.has(same(address)) && all.indexOf(address) === i),
    sender: senderOf(message),
  };
}

function senderOf({ envelope, from }: Message): EnvelopeFacts['sender'] {
  const sender = envelope.from.replace(/^<|>$/g, '');
  if (sender === '') return 'null';
  if (!from) return 'noAuthor';
  if (same(sender) === same(from.address)) return 'author';
  return domainOf(sender) === domainOf(from.address) ? 'sameDomain' : 'other';
}

const addressesIn = (field: string): string[] => field.match(/[^\s<>,;:"()]+@[^\s<>,;:"()]+/g) ?? [];
