import { effect, signal, type Signal } from '@preact/signals';

/** A value that this browser keeps. One that is no longer understood is forgotten. */
export function kept<T>(name: string, initial: T, isValid: (value: unknown) => boolean): Signal<T> {
  const key = `smtpd.${name}`;
  const value = signal(read(key, initial, isValid));
  effect(() => {
    try {
      localStorage.setItem(key, JSON.stringify(value.value));
    } catch {
      // Storage is full or switched off: it lasts as long as the page.
    }
  });
  return value;
}

function read<T>(key: string, initial: T, isValid: (value: unknown) => boolean): T {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    return stored !== null && isValid(stored) ? (stored as T) : initial;
  } catch {
    return initial;
  }
}
