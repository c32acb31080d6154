import { isNewMailboxOpen } from '../shell/dialogs';
import { chosen, markAllRead, remove, togglePinned, toggleRead } from '../list/actions';
import { list, openedIndex, reload, selectLoaded, toggle, unselectAll, opened, selected } from '../list/messages';
import { focusSearch } from '../search/focus';
import { isAdministrator, mailbox, mailboxes } from '../state/mailboxes';
import { go, route } from '../state/route';
import { theme } from '../state/theme';
import { tabs } from '../message/tabs';
import { isPaletteOpen, isShortcutSheetOpen } from './shortcuts';

/** Something that can be done by a key or found in the palette. */
export interface Command {
  title: string;
  /** One key after the other, as `KeyboardEvent.key` calls them. */
  keys?: readonly string[];
  run: () => unknown;
  /** Where it makes no sense it is not offered. */
  isOffered?: () => boolean;
}

/** Opens the message that is some rows further down. */
export function step(rows: number): void {
  const run = list.value?.run;
  if (!run || run.total === 0) return;
  const index = openedIndex.value === undefined ? 0 : Math.max(0, Math.min(run.total - 1, openedIndex.value + rows));
  const message = run.at(index);
  if (message) go({ view: 'message', message: { mailboxId: message.mailboxId, uid: message.uid }, other: undefined }, true);
}

const hasMessage = () => chosen().length > 0;
const isOpen = () => opened.value !== undefined;
const hasMailbox = () => mailbox.value !== undefined;

function stepTab(by: number): void {
  const index = tabs.findIndex((each) => each.id === (route.value.tab ?? 'preview'));
  go({ tab: tabs[(index + by + tabs.length) % tabs.length]!.id }, true);
}

const fixed: readonly Command[] = [
  { title: 'Next message', keys: ['j'], run: () => step(1) },
  { title: 'Previous message', keys: ['k'], run: () => step(-1) },
  { title: 'Open the first message', keys: ['o'], run: () => (isOpen() ? document.getElementById('content')?.focus() : step(0)) },
  { title: 'Back to the list', keys: ['u'], run: () => go({ view: 'none', message: undefined }), isOffered: () => route.value.view !== 'none' },
  { title: 'Select the message', keys: ['x'], run: () => opened.value && toggle(opened.value), isOffered: isOpen },
  { title: 'Mark read or unread', keys: ['e'], run: () => toggleRead(chosen()), isOffered: hasMessage },
  { title: 'Pin or unpin', keys: ['p'], run: () => togglePinned(chosen()), isOffered: hasMessage },
  { title: 'Delete', keys: ['#'], run: () => remove(chosen()), isOffered: hasMessage },
  { title: 'Compare the two selected messages', keys: ['c'], run: compareSelected, isOffered: () => selected.value.size === 2 },
  { title: 'Next tab', keys: [']'], run: () => stepTab(1), isOffered: isOpen },
  { title: 'Previous tab', keys: ['['], run: () => stepTab(-1), isOffered: isOpen },
  { title: 'Read the list again', keys: ['r'], run: reload },
  { title: 'Search', keys: ['/'], run: focusSearch.now },
  { title: 'Go to the first mailbox', keys: ['g', 'i'], run: () => go({ scope: mailboxes.value[0]?.id ?? 'all', view: 'none', message: undefined, query: '' }) },
  { title: 'Go to all mailboxes', keys: ['g', 'a'], run: () => go({ scope: 'all', view: 'none', message: undefined, query: '' }) },
  { title: 'Go to unread messages', keys: ['g', 'u'], run: () => go({ query: 'is:unread', view: 'none', message: undefined }) },
  { title: 'Go to how to connect', keys: ['g', 'c'], run: () => go({ view: 'connect' }), isOffered: hasMailbox },
  { title: 'Select all that is loaded', keys: ['*', 'a'], run: selectLoaded },
  { title: 'Select none', keys: ['*', 'n'], run: unselectAll },
  { title: 'Mark all of the mailbox read', run: () => mailbox.value && markAllRead(mailbox.value.id), isOffered: hasMailbox },
  { title: 'Settings of the mailbox', run: () => go({ view: 'settings' }), isOffered: () => hasMailbox() && isAdministrator.value },
  { title: 'New mailbox', run: () => (isNewMailboxOpen.value = true), isOffered: () => isAdministrator.value },
  { title: 'Connections without mail', run: () => go({ view: 'sessions' }) },
  { title: 'Light theme', run: () => (theme.value = 'light') },
  { title: 'Dark theme', run: () => (theme.value = 'dark') },
  { title: 'Theme of the system', run: () => (theme.value = 'system') },
  { title: 'All commands', keys: ['Ctrl+k'], run: () => (isPaletteOpen.value = true) },
  { title: 'Keyboard shortcuts', keys: ['?'], run: () => (isShortcutSheetOpen.value = true) },
];

function compareSelected(): void {
  const [first, second] = [...selected.value.values()];
  if (first && second) go({ view: 'compare', message: first, other: second });
}

/** All that can be done now. */
export const commands = (): Command[] => [
  ...fixed.filter((each) => each.isOffered?.() ?? true),
  ...(isOpen() ? tabs.map((tab) => ({ title: `Show ${tab.title}`, run: () => go({ tab: tab.id }, true) })) : []),
  ...mailboxes.value.map((each) => ({ title: `Go to ${each.name}`, run: () => go({ scope: each.id, view: 'none', message: undefined, query: '' }) })),
];

export const commandsWithKeys: readonly Command[] = fixed.filter((each) => each.keys !== undefined);
