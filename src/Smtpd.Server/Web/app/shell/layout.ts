import { signal } from '@preact/signals';

/** Where there is no room for it beside the list, the tree of mailboxes lies over it. */
export const isSidebarOpen = signal(false);
