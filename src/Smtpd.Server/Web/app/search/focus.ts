/** Lets a shortcut reach the search box, wherever that is. */
const listeners = new Set<() => void>();

export const focusSearch = {
  now: (): void => listeners.forEach((each) => each()),
  listen: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
