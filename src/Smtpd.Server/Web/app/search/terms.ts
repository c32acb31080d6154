/** Fields of the search language, with what to say about them. `values` are offered behind the colon. */
export interface Field {
  name: string;
  about: string;
  values?: readonly string[];
  /** What the server understands as a value; without it any word is one. */
  isValue?: RegExp;
}

const time = /^(\d{4}-\d\d-\d\d(T\d\d:\d\d.*)?|\d+[mhdw])$/i;
const size = /^\d+[KMG]?B?$/i;

export const fields: readonly Field[] = [
  { name: 'from', about: 'name or address of the sender' },
  { name: 'to', about: 'recipient in the header' },
  { name: 'cc', about: 'copy to' },
  { name: 'bcc', about: 'recipient that no header names' },
  { name: 'rcpt', about: 'recipient of the envelope' },
  { name: 'subject', about: 'words of the subject' },
  { name: 'body', about: 'words of the text' },
  { name: 'filename', about: 'name of an attachment' },
  { name: 'header', about: 'words of any header field' },
  { name: 'message-id', about: 'the Message-ID' },
  { name: 'tag', about: 'a tag' },
  { name: 'is', about: 'how it is marked', values: ['unread', 'read', 'pinned', 'unpinned'], isValue: /^(un)?(read|pinned)$/i },
  { name: 'has', about: 'what it has', values: ['attachment'], isValue: /^attachments?$/i },
  { name: 'before', about: 'received before a day, or longer ago', values: ['1d', '7d', '30d'], isValue: time },
  { name: 'after', about: 'received since a day, or not longer ago', values: ['1h', '1d', '7d', '30d'], isValue: time },
  { name: 'larger', about: 'more than so many octets', values: ['100K', '1M', '10M'], isValue: size },
  { name: 'smaller', about: 'less than so many octets', values: ['10K', '100K', '1M'], isValue: size },
  { name: 'mailbox', about: 'number or name of a mailbox' },
];

const term = /[-!]*(?:[A-Za-z-]+:)?(?:["“”][^"“”]*["“”]?|\S+)/g;

/** The terms of a query, as they are written. */
export const termsOf = (query: string): string[] => query.match(term) ?? [];

export const isFieldTerm = (text: string): boolean => {
  const name = /^[-!]*([A-Za-z-]+):./.exec(text)?.[1]?.toLowerCase();
  return name !== undefined && fields.some((each) => each.name === name);
};

/** Parts of a query that can be shown one by one; where OR or parentheses bind them together, it stays one text. */
export function split(query: string): { chips: string[]; draft: string } {
  const terms = termsOf(query);
  if (terms.some((each) => each === 'OR' || /^[-!]*\(/.test(each))) return { chips: [], draft: query.trim() };
  return { chips: terms.filter(isFieldTerm), draft: terms.filter((each) => !isFieldTerm(each)).join(' ') };
}

export const join = (chips: readonly string[], draft: string): string => [...chips, draft.trim()].filter(Boolean).join(' ');

/** A draft without a field at its end whose value is not written to its end yet. */
export function withoutUnfinished(draft: string): string {
  const [, before, name, value] = /^(.*?)[-!]*([A-Za-z-]+):(\S*)$/s.exec(draft) ?? [];
  const field = fields.find((each) => each.name === name?.toLowerCase());
  if (!field || (before && !/\s$/.test(before))) return draft;
  return value === '' || (field.isValue && !field.isValue.test(value!)) ? before! : draft;
}

/** A word as the value of a field, in quotation marks where it needs them. */
export const quote = (value: string): string => (/[\s"“”()]/.test(value) || value === '' ? `"${value.replace(/["“”\\]/g, '\\$&')}"` : value);

export interface Completion {
  /** What the last word of the draft becomes. */
  text: string;
  about: string;
  /** The term is whole: it becomes a chip. */
  isWhole: boolean;
}

/** What the last word of a draft may become. `known` brings values of fields that only the server knows. */
export function complete(draft: string, known: Readonly<Record<string, readonly string[]>>): Completion[] {
  const word = /\S*$/.exec(draft)![0];
  const [, minus, name, colon, value] = /^([-!]*)([A-Za-z-]*)(:?)(.*)$/s.exec(word)!;
  if (colon) {
    const field = fields.find((each) => each.name === name!.toLowerCase());
    const values = known[name!.toLowerCase()] ?? field?.values ?? [];
    return values
      .filter((each) => each.toLowerCase().startsWith(value!.toLowerCase()) && each !== value)
      .slice(0, 8)
      .map((each) => ({ text: `${minus}${name}:${quote(each)}`, about: '', isWhole: true }));
  }
  if (value) return [];
  return fields
    .filter((each) => each.name.startsWith(name!.toLowerCase()))
    .map((each) => ({ text: `${minus}${each.name}:`, about: each.about, isWhole: false }));
}
