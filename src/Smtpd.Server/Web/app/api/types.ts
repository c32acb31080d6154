import type { components } from './schema';

type Schemas = components['schemas'];

export type Message = Schemas['Message'];
export type Mailbox = Schemas['Mailbox'];
export type Project = Schemas['Project'];
export type Address = Schemas['Address'];
export type Attachment = Schemas['Attachment'];
export type Header = Schemas['Header'];
export type Part = Schemas['Part'];
export type Link = Schemas['Link'];
export type Code = Schemas['Code'];
export type Session = Schemas['Session'];
export type Highlight = Schemas['Highlight'];
export type Tag = Schemas['Tag'];
export type AddressRule = Schemas['AddressRule'];
export type NewMailbox = Schemas['NewMailboxRequest'];
export type MailboxPatch = Schemas['MailboxPatchRequest'];
export type MessageChange = Schemas['MessageChangeRequest'];

/** Which message: UIDs count in each mailbox by themselves. */
export interface MessageKey {
  mailboxId: number;
  uid: number;
}

export const isSame = (a: MessageKey, b: MessageKey): boolean => a.uid === b.uid && a.mailboxId === b.mailboxId;
export const keyOf = (key: MessageKey): string => `${key.mailboxId}/${key.uid}`;
