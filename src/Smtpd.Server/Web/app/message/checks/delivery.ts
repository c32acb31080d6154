import { bytes, plural } from '../../ui/format';
import type { Header, Message, Part } from '../../api/types';
import type { Finding } from './finding';

export interface DeliveryFacts {
  message: Message;
  headers: Header[];
  parts: Part[];
  html: string | undefined;
  /** What a person reads in the HTML. */
  htmlText: string;
  text: string | undefined;
}

/** Gmail shows the first 102 KB of a mail's HTML, and a link to the rest. */
export const clippingSize = 102 * 1024;

/** How a mail is made: its size, its parts, its header fields. */
export const deliveryFindings = (facts: DeliveryFacts): Finding[] => [
  ...size(facts),
  ...textPart(facts),
  ...headerFields(facts),
  ...unsubscribing(facts.headers),
  ...attached(facts.message),
  ...reading(facts.message),
];

function size({ html }: DeliveryFacts): Finding[] {
  if (html === undefined) return [];
  const octets = new TextEncoder().encode(html).length;
  const explanation = 'Gmail shows 102 KB of a mail’s HTML. It cuts the rest off, often with the link to unsubscribe and the picture that counts openings.';
  if (octets > clippingSize)
    return [{ id: 'size-clipped', severity: 'bad', title: `The HTML is ${bytes(octets)}: Gmail clips it`, explanation, advice: 'Take out unused styles and comments, or say less.' }];
  if (octets > clippingSize * 0.8)
    return [{ id: 'size-near', severity: 'warn', title: `The HTML is ${bytes(octets)}, close to where Gmail clips`, explanation, advice: 'Leave room: links with tracking make it longer.' }];
  return [{ id: 'size-good', severity: 'good', title: `The HTML is ${bytes(octets)}: nothing is clipped`, explanation }];
}

const words = (text: string): string[] => text.toLowerCase().replace(/https?:\/\/\S+/g, ' ').match(/[\p{L}\p{N}]{2,}/gu) ?? [];

function textPart({ html, htmlText, text, parts }: DeliveryFacts): Finding[] {
  const hasText = parts.some((part) => part.contentType === 'text/plain' && !part.attachment && part.children === 0);
  if (html === undefined) return [];
  if (!hasText)
    return [{
      id: 'text-missing', severity: 'warn', title: 'There is no text part',
      explanation: 'Watches, screen readers, notifications and text-only clients show the text part. Filters trust a mail less that has none.',
      advice: 'Send multipart/alternative with text/plain first.',
    }];
  const [shown, written] = [new Set(words(htmlText)), new Set(words(text ?? ''))];
  const common = [...shown].filter((word) => written.has(word)).length;
  if (/<(html|body|table|div|p|br|a)[\s>/]/i.test(text ?? ''))
    return [{ id: 'text-has-tags', severity: 'bad', title: 'The text part contains HTML', explanation: 'Readers of the text see the tags.', advice: 'Write plain text, without tags.' }];
  if (shown.size >= 12 && written.size < shown.size / 4)
    return [{
      id: 'text-short', severity: 'warn', title: 'The text part says far less than the HTML',
      explanation: `It has ${plural(written.size, 'different word')}, the HTML ${shown.size.toLocaleString('en')}. Whoever reads the text misses the rest.`,
      advice: 'Say the same in both.',
    }];
  if (shown.size >= 12 && common < shown.size / 2)
    return [{
      id: 'text-differs', severity: 'warn', title: 'The text part differs from the HTML',
      explanation: `Only ${Math.round((100 * common) / shown.size)} % of the words of the HTML are in the text. Often one of the two was forgotten.`,
      advice: 'Say the same in both.',
    }];
  return [{ id: 'text-good', severity: 'good', title: 'There is a text part, and it says what the HTML says', explanation: 'Every reader gets the message.' }];
}

// RFC 5322 section 3.6: at most one of each.
const once = 'date from sender reply-to to cc bcc message-id in-reply-to references subject mime-version content-type content-transfer-encoding'.split(' ');

function headerFields({ message, headers }: DeliveryFacts): Finding[] {
  const findings: Finding[] = [];
  const all = (name: string) => headers.filter((header) => header.name.toLowerCase() === name);
  const first = (name: string) => all(name)[0]?.value.trim();

  const from = first('from');
  if (!from) findings.push({ id: 'from-missing', severity: 'bad', title: 'From is missing', explanation: 'Every mail must name its author (RFC 5322 3.6.2). Most servers refuse one without.', advice: 'Set From.' });
  else if (addressesIn(from) > 1) {
    const hasSender = all('sender').length > 0;
    findings.push({
      id: 'from-several', severity: hasSender ? 'warn' : 'bad', title: 'From names several authors',
      explanation: `${hasSender ? '' : 'Then Sender must say who sent it (RFC 5322 3.6.2). '}DMARC has no rule for them, and many servers refuse such mail.`,
      advice: 'Name one address in From and the others in Reply-To.', examples: [from],
    });
  }

  const date = first('date');
  const time = message.date === null ? NaN : Date.parse(message.date);
  const drift = Math.abs(time - Date.parse(message.receivedAt)) / 86_400_000;
  if (date === undefined) findings.push({ id: 'date-missing', severity: 'bad', title: 'Date is missing', explanation: 'Every mail must say when it was written (RFC 5322 3.6.1).', advice: 'Set Date.' });
  else if (Number.isNaN(time)) findings.push({ id: 'date-invalid', severity: 'bad', title: 'Date cannot be read', explanation: 'Clients sort the mail to a wrong place.', advice: 'Write it like “Thu, 1 Oct 2026 08:59:49 +0000”.', examples: [date] });
  else if (drift > 1) findings.push({ id: 'date-far', severity: 'warn', title: `Date is ${plural(Math.round(drift), 'day')} away from when the mail came`, explanation: 'Clients sort by it: the mail does not show up at the top.', advice: 'Set Date when the mail is sent, and check the clock.', examples: [date] });

  const id = first('message-id');
  if (!id) findings.push({ id: 'message-id-missing', severity: 'bad', title: 'Message-ID is missing', explanation: 'Threads, replies and the search for duplicates need it. Gmail refuses mail without one.', advice: 'Set a new one for each mail.' });
  else if (!/^<[^\s<>@]+@[^\s<>@]+>$/.test(id)) findings.push({ id: 'message-id-invalid', severity: 'warn', title: 'Message-ID has not the right form', explanation: 'It is <unique@domain> (RFC 5322 3.6.4).', advice: 'Use a domain of yours on the right side.', examples: [id] });

  const subject = first('subject');
  if (!subject) findings.push({ id: 'subject-missing', severity: 'warn', title: 'There is no subject', explanation: 'Lists show “(no subject)”.', advice: 'Set Subject.' });
  else if ([...subject].length > 70) findings.push({ id: 'subject-long', severity: 'info', title: `The subject has ${[...subject].length} characters`, explanation: 'Phones show about 40 of them, most others about 70.', advice: 'Put what matters first.' });

  if (all('to').length + all('cc').length === 0) findings.push({ id: 'to-missing', severity: 'warn', title: 'Neither To nor Cc is there', explanation: 'All who get it are hidden. It looks like a mass mail.', advice: 'Set To.' });

  for (const name of once)
    if (all(name).length > 1) findings.push({ id: `repeated-${name}`, severity: 'bad', title: `${all(name)[0]!.name} is there ${all(name).length} times`, explanation: 'It may be there once (RFC 5322 3.6). Programs take different ones, which also fools filters; many servers refuse it.', advice: 'Send it once.', examples: all(name).map((header) => header.value) });

  const raw = headers.filter((header) => /[^\u0000-\u007f]/.test(header.raw));
  if (raw.length > 0) findings.push({ id: 'headers-raw', severity: 'warn', title: `${plural(raw.length, 'header field')} with characters that are not encoded`, explanation: 'Without SMTPUTF8 only ASCII may stand there (RFC 5322 2.2); some servers refuse or garble the rest.', advice: 'Encode them as RFC 2047 says: most libraries do when you give them the text as it is.', examples: raw.map((header) => `${header.name}: ${header.raw}`) });

  if (all('mime-version').length === 0 && all('content-type').length > 0) findings.push({ id: 'mime-version-missing', severity: 'warn', title: 'MIME-Version is missing', explanation: 'A strict reader then takes the whole body as plain text (RFC 2045 4).', advice: 'Add “MIME-Version: 1.0”.' });

  if (findings.length === 0) findings.push({ id: 'headers-good', severity: 'good', title: 'The header fields that every mail needs are there', explanation: 'From, Date, Message-ID, To and Subject are set, each once.' });
  return findings;
}

/** How many addresses a field names; commas in quotes and comments do not count. */
function addressesIn(field: string): number {
  const bare = field.replace(/"(\\.|[^"\\])*"/g, '').replace(/\([^()]*\)/g, '');
  return bare.split(',').filter((each) => each.includes('@')).length;
}

function unsubscribing(headers: Header[]): Finding[] {
  const list = headers.find((header) => header.name.toLowerCase() === 'list-unsubscribe')?.value;
  const post = headers.find((header) => header.name.toLowerCase() === 'list-unsubscribe-post')?.value;
  if (list === undefined)
    return [{
      id: 'unsubscribe-missing', severity: 'info', title: 'There is no List-Unsubscribe',
      explanation: 'Newsletters need it: Gmail and Yahoo ask those who send many mails for a one-click way out. Receipts and sign-in codes can do without.',
      advice: 'Add List-Unsubscribe with an https address, and “List-Unsubscribe-Post: List-Unsubscribe=One-Click”.',
    }];

  const addresses = [...list.matchAll(/<\s*([^<>]*?)\s*>/g)].map((match) => match[1]!.replace(/\s/g, ''));
  const wrong = addresses.filter((address) => !/^(mailto:[^@\s]+@[^@\s]+|https?:\/\/[^\s/]+)/i.test(address) || !URL.canParse(address));
  const isSecure = addresses.some((address) => /^https:/i.test(address));
  const isOneClick = post?.trim() === 'List-Unsubscribe=One-Click';
  const findings: Finding[] = [];
  if (addresses.length === 0 || wrong.length > 0)
    findings.push({ id: 'unsubscribe-invalid', severity: 'bad', title: 'List-Unsubscribe cannot be read', explanation: 'It is a list of addresses, each in angle brackets, https or mailto (RFC 2369 3.2).', advice: 'Write <https://example.com/u?id=1>, <mailto:u@example.com>.', examples: wrong.length > 0 ? wrong : [list] });
  if (addresses.some((address) => /^http:/i.test(address)))
    findings.push({ id: 'unsubscribe-http', severity: 'warn', title: 'List-Unsubscribe uses http', explanation: 'One click works over https only (RFC 8058 3.1).', advice: 'Use https.', examples: addresses.filter((address) => /^http:/i.test(address)) });
  if (!isSecure && addresses.length > 0 && wrong.length === 0)
    findings.push({ id: 'unsubscribe-mailto', severity: 'warn', title: 'List-Unsubscribe has no https address', explanation: 'Without one there is no one-click way out (RFC 8058).', advice: 'Add an https address.' });
  if (post !== undefined && !isOneClick)
    findings.push({ id: 'unsubscribe-post-invalid', severity: 'bad', title: 'List-Unsubscribe-Post has a wrong value', explanation: 'RFC 8058 3.1 knows one value.', advice: 'Write “List-Unsubscribe-Post: List-Unsubscribe=One-Click”.', examples: [post] });
  if (post === undefined && isSecure)
    findings.push({ id: 'unsubscribe-post-missing', severity: 'warn', title: 'List-Unsubscribe-Post is missing', explanation: 'Clients show their own button to unsubscribe only when it is there.', advice: 'Add “List-Unsubscribe-Post: List-Unsubscribe=One-Click”.' });
  if (findings.length === 0)
    findings.push({ id: 'unsubscribe-good', severity: 'good', title: 'One click unsubscribes', explanation: 'List-Unsubscribe and List-Unsubscribe-Post are as RFC 8058 wants them; DKIM must sign both.' });
  return findings;
}

const programs = /\.(exe|msi|bat|cmd|com|scr|pif|js|jse|vbs|vbe|wsf|ps1|jar|lnk|hta|iso|img|apk|reg|cpl)$/i;

function attached({ attachments }: Message): Finding[] {
  const findings: Finding[] = [];
  const total = attachments.reduce((sum, attachment) => sum + attachment.size, 0);
  // Base64 makes three octets four, and a line end comes with every 76.
  const onTheWay = total * 1.37;
  if (onTheWay > 25 * 1024 * 1024) findings.push({ id: 'attachments-large', severity: 'bad', title: `The attachments are ${bytes(total)}`, explanation: 'Most providers take 20 to 25 MB in all, and encoded a file is a third larger.', advice: 'Link to the files.' });
  else if (onTheWay > 10 * 1024 * 1024) findings.push({ id: 'attachments-heavy', severity: 'warn', title: `The attachments are ${bytes(total)}`, explanation: 'Servers of companies often take 10 MB only.', advice: 'Link to the files.' });
  const dangerous = attachments.flatMap((attachment) => (programs.test(attachment.fileName ?? '') ? [attachment.fileName!] : []));
  if (dangerous.length > 0) findings.push({ id: 'attachments-programs', severity: 'bad', title: 'An attachment is a program', explanation: 'Nearly every provider refuses such files.', advice: 'Link to it.', examples: dangerous });
  return findings;
}

const reading = ({ warnings }: Message): Finding[] =>
  warnings.map((warning, i) => ({ id: `mime-${i + 1}`, severity: 'warn', title: warning, explanation: 'Noticed while the mail was taken apart: other programs may read it differently.' }));
