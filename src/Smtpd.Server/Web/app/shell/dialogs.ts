import { signal } from '@preact/signals';

export const isNewMailboxOpen = signal(false);
