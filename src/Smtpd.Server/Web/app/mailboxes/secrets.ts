import { signal } from '@preact/signals';

/** Passwords that the server told us, by user. They last as long as the page: the server does not tell them again. */
const told = signal<ReadonlyMap<string, string>>(new Map());

export function remember(user: string, password: string | null | undefined): void {
  if (password) told.value = new Map(told.value).set(user, password);
}

export const passwordOf = (user: string): string | undefined => told.value.get(user);
