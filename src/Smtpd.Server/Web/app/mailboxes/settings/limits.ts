import type { Mailbox } from '../../api/types';

type Limits = Mailbox['limits'];
export type Refusal = 'reject' | 'defer' | 'close';

/** The limits as they stand in a form: empty is none. */
export interface LimitsForm {
  messages: string;
  bytes: string;
  age: string;
  messageBytes: string;
  rate: string;
  window: string;
  refusal: Refusal;
}

export type Field = keyof LimitsForm;

const units = ['B', 'KB', 'MB', 'GB', 'TB'];

/** Octets as one writes them: "1.5 MB", "500k", "1024". Units are of 1024, as the page shows them. */
export function readSize(text: string): number | undefined {
  const match = /^(\d+(?:[.,]\d+)?)\s*(?:([kmgt])(?:i?b)?|b)?$/i.exec(text.trim());
  if (!match) return undefined;
  const power = match[2] ? 'kmgt'.indexOf(match[2].toLowerCase()) + 1 : 0;
  const octets = Math.round(Number(match[1]!.replace(',', '.')) * 1024 ** power);
  return Number.isSafeInteger(octets) ? octets : undefined;
}

/** The same backwards, without loss. */
export function writeSize(octets: number): string {
  let unit = 0;
  while (octets >= 1024 && unit < units.length - 1 && octets % (1024 / 4) === 0 && Number.isInteger((octets / 1024) * 100)) {
    octets /= 1024;
    unit++;
  }
  return `${octets} ${units[unit]}`;
}

const lengths: [letter: string, seconds: number][] = [['d', 86_400], ['h', 3_600], ['m', 60], ['s', 1]];

/** Seconds as one writes them: "7d", "12 hours", "90". */
export function readLength(text: string): number | undefined {
  const match = /^(\d+)\s*(d(?:ays?)?|h(?:ours?)?|m(?:in(?:utes?)?)?|s(?:ec(?:onds?)?)?)?$/i.exec(text.trim());
  if (!match) return undefined;
  const letter = (match[2] ?? 's')[0]!.toLowerCase();
  const seconds = Number(match[1]) * lengths.find(([each]) => each === letter)![1];
  return Number.isSafeInteger(seconds) ? seconds : undefined;
}

export function writeLength(seconds: number): string {
  const [letter, length] = lengths.find(([, each]) => seconds >= each && seconds % each === 0) ?? ['s', 1];
  return `${seconds / length}${letter}`;
}

export function formOf({ messages, bytes, age, messageBytes, rate }: Limits): LimitsForm {
  return {
    messages: messages == null ? '' : String(messages),
    bytes: bytes == null ? '' : writeSize(bytes),
    age: age == null ? '' : writeLength(Number(age)),
    messageBytes: messageBytes == null ? '' : writeSize(messageBytes),
    rate: rate ? String(rate.messages) : '',
    window: rate ? writeLength(Number(rate.window)) : '1s',
    refusal: (rate?.refusal as Refusal | undefined) ?? 'reject',
  };
}

export interface LimitsPatch {
  messages: number | null;
  bytes: number | null;
  age: number | null;
  messageBytes: number | null;
  rate: { messages: number; window: number; refusal: Refusal } | null;
}

/** What the form asks for (a merge patch: `null` takes a limit away), or what is wrong with it. */
export function readLimits(form: LimitsForm): { patch: LimitsPatch } | { wrong: Partial<Record<Field, string>> } {
  const wrong: Partial<Record<Field, string>> = {};
  const read = (field: Exclude<Field, 'refusal'>, reader: (text: string) => number | undefined, hint: string): number | null => {
    if (form[field].trim() === '') return null;
    const value = reader(form[field]);
    if (value === undefined || value === 0) wrong[field] = hint;
    return value ?? null;
  };
  const count = (text: string) => (/^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined);
  const patch: LimitsPatch = {
    messages: read('messages', count, 'A number from 1.'),
    bytes: read('bytes', readSize, 'A size such as 500 MB.'),
    age: read('age', readLength, 'A time such as 7d, 12h or 30m.'),
    messageBytes: read('messageBytes', readSize, 'A size such as 25 MB.'),
    rate: null,
  };
  const messages = read('rate', count, 'A number from 1.');
  if (messages !== null) {
    const window = read('window', readLength, 'A time such as 1s or 10m.');
    if (window === null && !wrong.window) wrong.window = 'A time such as 1s or 10m.';
    patch.rate = { messages, window: window ?? 1, refusal: form.refusal };
  }
  return Object.keys(wrong).length > 0 ? { wrong } : { patch };
}
