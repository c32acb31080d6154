import { signal } from '@preact/signals';

/** The time, as exact as "3 min" needs it. */
export const now = signal(new Date());

setInterval(() => {
  if (document.visibilityState === 'visible') now.value = new Date();
}, 15_000);
