import { signal } from '@preact/signals';

export interface Toast {
  id: number;
  text: string;
  isBad: boolean;
  action?: { label: string; run: () => void };
}

export const toasts = signal<readonly Toast[]>([]);
let last = 0;

/** Says something for some seconds at the lower edge. Returns how to take it back. */
export function toast(text: string, options: { isBad?: boolean; action?: Toast['action']; milliseconds?: number } = {}): () => void {
  const id = ++last;
  const close = () => {
    toasts.value = toasts.value.filter((each) => each.id !== id);
  };
  const { isBad = false, action, milliseconds = isBad ? 8000 : 4000 } = options;
  toasts.value = [...toasts.value.slice(-3), { id, text, isBad, ...(action && { action: { label: action.label, run: () => (close(), action.run()) } }) }];
  setTimeout(close, milliseconds);
  return close;
}

export const complain = (problem: unknown): void => {
  toast(problem instanceof Error ? problem.message : String(problem), { isBad: true });
};
