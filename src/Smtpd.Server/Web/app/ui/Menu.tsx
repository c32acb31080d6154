import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from './Icon';
import './menu.css';

/** A button that opens a list of links and buttons. Closes when one is chosen, on Escape, and on a click elsewhere. */
export function Menu({ label, icon, testId, children }: { label: string; icon: IconName; testId: string; children: ComponentChildren }) {
  const [isOpen, setOpen] = useState(false);
  const element = useRef<HTMLDivElement>(null);
  const items = () => [...element.current!.querySelectorAll<HTMLElement>('.menu-items > *')];

  useEffect(() => {
    if (!isOpen) return;
    items()[0]?.focus();
    const onPointer = (event: PointerEvent) => !element.current?.contains(event.target as Node) && setOpen(false);
    addEventListener('pointerdown', onPointer);
    return () => removeEventListener('pointerdown', onPointer);
  }, [isOpen]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (!isOpen) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Escape') {
      event.stopPropagation();
      setOpen(false);
      element.current!.querySelector('button')!.focus();
    } else if (step !== 0) {
      event.preventDefault();
      const all = items();
      all[(all.indexOf(document.activeElement as HTMLElement) + step + all.length) % all.length]?.focus();
    }
  };

  return (
    <div class="menu" ref={element} onKeyDown={onKeyDown}>
      <button type="button" class="button is-plain is-icon" aria-expanded={isOpen} aria-label={label} title={label} onClick={() => setOpen(!isOpen)} data-testid={testId}>
        <Icon name={icon} />
      </button>
      {isOpen && <div class="menu-items" onClick={() => setOpen(false)}>{children}</div>}
    </div>
  );
}
