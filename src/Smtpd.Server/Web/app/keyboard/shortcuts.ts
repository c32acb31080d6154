import { signal } from '@preact/signals';
import { kept } from '../state/kept';
import { commandsWithKeys } from './commands';
import { KeySequence } from './keySequence';

export const isPaletteOpen = signal(false);
export const isShortcutSheetOpen = signal(false);

/** Single keys can get in the way of speech input and screen readers (WCAG 2.1.4), so they can be switched off. */
export const areShortcutsOn = kept('shortcuts', true, (value) => typeof value === 'boolean');

const sequence = new KeySequence();

export function listenToKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented) return;
    if (event.key === 'k' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      isPaletteOpen.value = !isPaletteOpen.value;
      return;
    }
    if (!areShortcutsOn.value || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target) || document.querySelector('dialog[open]')) return;
    const offered = commandsWithKeys.filter((each) => each.isOffered?.() ?? true);
    const command = sequence.press(event.key, event.timeStamp, offered, (each) => each.keys!);
    if (!command) return;
    event.preventDefault();
    command.run();
  });
}

function isWriting(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  if (element instanceof HTMLInputElement) return element.type !== 'checkbox' && element.type !== 'radio' && element.type !== 'button';
  return element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement || (element?.isContentEditable ?? false);
}
