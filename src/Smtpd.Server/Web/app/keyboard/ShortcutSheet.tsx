import { useEffect, useRef } from 'preact/hooks';
import { commandsWithKeys } from './commands';
import { KeyNames } from './KeyNames';
import { areShortcutsOn, isShortcutSheetOpen } from './shortcuts';
import './keyboard.css';

export function ShortcutSheet() {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = isShortcutSheetOpen.value;
  useEffect(() => {
    if (isOpen) dialog.current!.showModal();
  }, [isOpen]);
  if (!isOpen) return null;
  const close = () => (isShortcutSheetOpen.value = false);
  return (
    <dialog ref={dialog} class="shortcut-sheet" aria-labelledby="shortcuts-title" onClose={close} onClick={(event) => event.target === dialog.current && close()} data-testid="shortcut-sheet">
      <h2 id="shortcuts-title">Keyboard shortcuts</h2>
      <label class="shortcut-switch">
        <input type="checkbox" checked={areShortcutsOn.value} onChange={(event) => (areShortcutsOn.value = event.currentTarget.checked)} data-testid="shortcuts-on" /> Single keys are shortcuts
      </label>
      <dl>
        {commandsWithKeys.map((each) => (
          <div key={each.title}>
            <dt>{each.title}</dt>
            <dd><KeyNames keys={each.keys!} /></dd>
          </div>
        ))}
      </dl>
      <form method="dialog"><button class="button" data-testid="close-shortcuts">Close</button></form>
    </dialog>
  );
}
