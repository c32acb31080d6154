import type { Header, Message } from '../api/types';
import { bytes } from '../ui/format';

export interface Fact {
  name: string;
  left: string;
  right: string;
}

const people = (addresses: { name: string; address: string }[]): string => addresses.map((each) => (each.name ? `${each.name} <${each.address}>` : each.address)).join(', ');

/** What differs, as short as it can be said. */
export function differingFacts(left: Message, right: Message): Fact[] {
  const of = (name: string, value: (message: Message) => string): Fact => ({ name, left: value(left), right: value(right) });
  return [
    of('Subject', (message) => message.subject ?? ''),
    of('From', (message) => (message.from ? people([message.from]) : '')),
    of('To', (message) => people(message.to)),
    of('Cc', (message) => people(message.cc)),
    of('MAIL FROM', (message) => message.envelope.from),
    of('RCPT TO', (message) => message.envelope.to.join(', ')),
    of('Received', (message) => message.receivedAt.replace('T', ' ').replace(/(\.\d+)?Z$/, '')),
    of('Size', (message) => `${bytes(message.size)} (${message.size.toLocaleString('en')})`),
    of('Attachments', (message) => message.attachments.map((each) => `${each.fileName ?? each.contentType} (${each.sha256.slice(0, 8)})`).join(', ')),
    of('Content', (message) => message.sha256.slice(0, 16)),
  ].filter((fact) => fact.left !== fact.right);
}

/** Header fields as lines to be compared. */
export const headerLines = (headers: Header[]): string => headers.map((header) => `${header.name}: ${header.value}`).join('\n');
