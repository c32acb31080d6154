import type { ComponentChildren, RefObject } from 'preact';
import { useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Scale } from './scale';

const overscan = 6;
/** When nothing has moved for so long, scrolling has ended. */
const stillness = 160;

export interface VirtualListHandle {
  /** Scrolls as little as possible until a row is seen whole. */
  reveal(index: number): void;
  toTop(): void;
  /** Rows were put before others: what is looked at stays where it is, unless that is the top. */
  shift(rows: number): void;
  isAtTop(): boolean;
}

interface Props {
  total: number;
  rowHeight: number;
  handle: RefObject<VirtualListHandle>;
  label: string;
  row: (index: number) => ComponentChildren;
  /** What stays the same of a row when its index changes. */
  keyOf: (index: number) => string | number;
  /** Rows that are to be seen soon. */
  onShow: (first: number, last: number) => void;
  onTop: (isAtTop: boolean) => void;
}

/** A list of rows of one height, of which only those in sight are made. */
export function VirtualList({ total, rowHeight, handle, label, row, keyOf, onShow, onTop }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const scale = useMemo(() => new Scale(), []);
  const [view, setView] = useState(0);
  const [top, setTop] = useState(0);
  const before = useRef(0);
  const still = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const wasAtTop = useRef(true);
  scale.resize(total * rowHeight, view);

  const scrollTo = (scrollTop: number) => {
    before.current = scrollTop;
    element.current!.scrollTop = scrollTop;
    setTop(scale.topOf(scrollTop));
  };

  const onScroll = () => {
    const scrollTop = element.current!.scrollTop;
    scale.follow(scrollTop, before.current);
    before.current = scrollTop;
    setTop(scale.topOf(scrollTop));
    tell(scale.topOf(scrollTop));
    clearTimeout(still.current);
    const isStuck = (scrollTop === 0 && scale.offset > 0) || scrollTop >= scale.height - view;
    still.current = setTimeout(() => element.current && settle(element.current.scrollTop, isStuck), isStuck ? 0 : stillness);
  };

  // Setting `scrollTop` ends a scroll that the browser still animates, as a busy one may after any pause: it is done only where it shows.
  const settle = (scrollTop: number, isStuck: boolean) => {
    if (isStuck ? scale.isScaled : scale.isAstray(scrollTop)) scrollTo(scale.settle(scrollTop));
  };

  const tell = (at: number) => {
    const isAtTop = at < rowHeight / 2;
    if (isAtTop !== wasAtTop.current) onTop((wasAtTop.current = isAtTop));
  };

  useImperativeHandle(handle, () => ({
    reveal: (index) => {
      const at = scale.topOf(element.current!.scrollTop);
      const [from, to] = [index * rowHeight, (index + 1) * rowHeight - view];
      if (from < at) scrollTo(scale.place(from));
      else if (to > at) scrollTo(scale.place(to));
    },
    toTop: () => {
      scrollTo(scale.place(0));
      tell(0);
    },
    shift: (rows) => {
      const at = scale.topOf(element.current!.scrollTop);
      if (at < rowHeight / 2 || rows === 0) return;
      if (scale.isScaled) {
        scale.offset += rows * rowHeight;
        setTop(at + rows * rowHeight);
      } else {
        // The element must be as high as the list already, or the browser would not scroll that far.
        (element.current!.firstElementChild as HTMLElement).style.height = `${scale.height + rows * rowHeight}px`;
        scrollTo(at + rows * rowHeight);
      }
    },
    isAtTop: () => wasAtTop.current,
  }));

  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => setView(element.current?.clientHeight ?? 0));
    observer.observe(element.current!);
    setView(element.current!.clientHeight);
    return () => {
      observer.disconnect();
      clearTimeout(still.current);
    };
  }, []);

  const first = Math.max(0, Math.floor(top / rowHeight) - overscan);
  const last = Math.min(total - 1, Math.ceil((top + view) / rowHeight) + overscan);
  useLayoutEffect(() => {
    if (view > 0) onShow(first, last);
  });

  const rows = [];
  for (let index = first; index <= last; index++) {
    rows.push(
      <li key={keyOf(index)} class="virtual-row" style={{ top: `${index * rowHeight - scale.offset}px`, height: `${rowHeight}px` }} aria-posinset={index + 1} aria-setsize={total}>
        {row(index)}
      </li>,
    );
  }
  return (
    <div class="virtual-list" ref={element} onScroll={onScroll} data-testid="message-list">
      <ul class="virtual-rows" style={{ height: `${scale.height}px` }} aria-label={label}>
        {rows}
      </ul>
    </div>
  );
}
