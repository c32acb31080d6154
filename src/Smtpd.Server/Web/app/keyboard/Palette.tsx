import { useEffect, useRef, useState } from 'preact/hooks';
import { commands } from './commands';
import { isPaletteOpen } from './shortcuts';
import { KeyNames } from './KeyNames';
import './keyboard.css';

/** Everything that can be done, found by a few letters. */
export function Palette() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const isOpen = isPaletteOpen.value;
  useEffect(() => {
    if (!isOpen) return;
    setText('');
    setActive(0);
    dialog.current!.showModal();
  }, [isOpen]);
  if (!isOpen) return null;

  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = commands().filter((each) => words.every((word) => each.title.toLowerCase().includes(word))).slice(0, 50);
  const close = () => (isPaletteOpen.value = false);
  const run = (index: number) => {
    const command = found[index];
    close();
    command?.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setActive((active + step + found.length) % Math.max(found.length, 1));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(active);
    }
  };

  return (
    <dialog ref={dialog} class="palette" aria-label="Commands" onClose={close} onClick={(event) => event.target === dialog.current && close()} data-testid="palette">
      <input class="input" placeholder="What do you want to do?" aria-label="Command" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant={`palette-${active}`} value={text}
        onInput={(event) => (setText(event.currentTarget.value), setActive(0))} onKeyDown={onKeyDown} autofocus data-testid="palette-input" />
      <ul id="palette-list" role="listbox" aria-label="Commands">
        {found.map((each, index) => (
          <li key={each.title} id={`palette-${index}`} role="option" aria-selected={index === active} onClick={() => run(index)} data-testid="palette-command">
            <span>{each.title}</span>
            {each.keys && <KeyNames keys={each.keys} />}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="muted palette-nothing" role="status">There is no such command.</p>}
    </dialog>
  );
}
