import type { Attachment, Part } from '../../api/types';

/** What is in an attached message. */
export interface Nested {
  text: Part | undefined;
  html: Part | undefined;
  attachments: Part[];
}

/** The part that an attachment is: attachments are counted in the order of the parts. */
export const partOf = (attachment: Attachment, parts: Part[]): Part | undefined =>
  [parts.filter((part) => part.attachment)[attachment.index - 1], ...parts].find((part) => part?.sha256 === attachment.sha256 && part.contentType === attachment.contentType);

/** Sorts the parts below a message that is attached; what is in a message within it stays there. */
export function nestedIn(message: Part, parts: Part[]): Nested {
  const below = parts.filter((part) => part.path.startsWith(message.path + '.'));
  const inner = below.filter((part) => part.contentType === 'message/rfc822').map((part) => part.path + '.');
  const leaves = below.filter((part) => !inner.some((path) => part.path.startsWith(path)) && !part.contentType.startsWith('multipart/'));
  const isBody = (part: Part, type: string) => part.contentType === type && part.fileName === null && part.disposition !== 'attachment';
  const text = leaves.find((part) => isBody(part, 'text/plain'));
  const html = leaves.find((part) => isBody(part, 'text/html'));
  return { text, html, attachments: leaves.filter((part) => part !== text && part !== html) };
}
