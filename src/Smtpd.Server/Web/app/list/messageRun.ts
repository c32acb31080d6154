import type { Page } from '../api/client';
import { isSame, type Message, type MessageKey } from '../api/types';

/** Where a run reads its messages. */
export interface Source {
  /** Messages older than one, the newest first. */
  older(than: Message | undefined, limit: number): Promise<Page<unknown>>;
  /** The newest ones, beside the reading of page after page. */
  newest(limit: number): Promise<Message[]>;
  /** Messages newer than one, the next one first; left out where results can only be read from the newest on. */
  newer?(than: Message, limit: number): Promise<Page<unknown>>;
  /** About where an index lies, when all that is known are the ends of the list. */
  near?(index: number, total: number, newest: Message): Promise<Page<unknown>>;
}

const pageSize = 100;
/** Rows around what is shown that are kept; what is farther away is read again when it is needed. */
const kept = 1500;
/** An index this far from what is loaded is gone to, not scrolled to. */
const farAway = 400;

/**
 * The part of a list that is loaded: messages one after the other, and where in the whole list they begin. The server pages by key and knows no positions, so the position of a run
 * in the middle is an estimate until one of the ends is reached.
 */
export class MessageRun {
  rows: readonly Message[] = [];
  /** Index of the first row in the whole list. */
  start = 0;
  /** How many messages there are in all; exact when the end was reached. */
  total = 0;
  hasNewest = false;
  hasOldest = false;
  private newest: Message | undefined;
  private isLoading = false;
  private shown = { first: 0, last: 0 };
  private generation = 0;

  /** @param changed is told after each change: by how many rows what was at an index is now further down. */
  constructor(
    private readonly source: Source,
    private readonly changed: (shift: number) => void,
    private readonly failed: (problem: unknown) => void,
  ) {}

  at(index: number): Message | undefined {
    return this.rows[index - this.start];
  }

  indexOf(key: MessageKey): number | undefined {
    const found = this.rows.findIndex((each) => isSame(each, key));
    return found < 0 ? undefined : found + this.start;
  }

  /** Reads the newest. `total` is what the server counts, or undefined. */
  async open(total: number | undefined): Promise<void> {
    const generation = ++this.generation;
    const page = await this.source.older(undefined, pageSize);
    if (generation !== this.generation) return;
    this.rows = page.messages;
    this.newest = page.messages[0];
    this.start = 0;
    this.hasNewest = true;
    this.hasOldest = page.next === null;
    this.total = this.hasOldest ? this.rows.length : Math.max(total ?? 0, this.rows.length + 1);
    this.changed(0);
  }

  /** To be called with what is looked at: reads what is missing there. */
  show(first: number, last: number): void {
    this.shown = { first, last };
    const next = this.isLoading ? undefined : this.missing(first, last);
    if (!next) return;
    this.isLoading = true;
    next().then(
      () => {
        this.isLoading = false;
        this.show(this.shown.first, this.shown.last);
      },
      (problem: unknown) => {
        this.isLoading = false;
        this.failed(problem);
      },
    );
  }

  private missing(first: number, last: number): (() => Promise<void>) | undefined {
    if (this.rows.length === 0) return undefined;
    const end = this.start + this.rows.length;
    if (this.source.near && (first > end + farAway || last < this.start - farAway)) return () => this.jump(first);
    if (last + pageSize / 2 >= end && !this.hasOldest) return () => this.readOlder(first);
    if (first - pageSize / 2 < this.start && !this.hasNewest) return () => this.readNewer(last);
    return undefined;
  }

  /** Someone looks at `keep`, so rows far from it go first. */
  private async readOlder(keep: number): Promise<void> {
    const generation = this.generation;
    const page = await this.source.older(this.rows.at(-1), pageSize);
    if (generation !== this.generation) return;
    this.rows = [...this.rows, ...this.unknown(page.messages)];
    this.hasOldest = page.next === null;
    const end = this.start + this.rows.length;
    this.total = this.hasOldest ? end : Math.max(this.total, end + 1);
    const surplus = Math.min(this.rows.length - kept, keep - this.start - pageSize);
    if (this.source.newer && surplus > pageSize) {
      this.rows = this.rows.slice(surplus);
      this.start += surplus;
      this.hasNewest = false;
    }
    this.changed(0);
  }

  private async readNewer(keep: number): Promise<void> {
    const generation = this.generation;
    const page = await this.source.newer!(this.rows[0]!, pageSize);
    if (generation !== this.generation) return;
    const added = this.unknown(page.messages).reverse();
    this.rows = [...added, ...this.rows];
    this.hasNewest = page.next === null;
    // Where the estimate was wrong, what is shown must not move: everything is told to be elsewhere.
    const wanted = this.start - added.length;
    this.start = this.hasNewest ? 0 : Math.max(wanted, 1);
    const shift = this.start - wanted;
    this.total += shift;
    if (this.rows.length > kept && keep < this.start + kept - pageSize) {
      this.rows = this.rows.slice(0, kept);
      this.hasOldest = false;
    }
    this.changed(shift);
  }

  private async jump(index: number): Promise<void> {
    const generation = this.generation;
    if (!this.newest) return;
    const page = index < pageSize ? await this.source.older(undefined, pageSize) : await this.source.near!(index, this.total, this.newest);
    if (generation !== this.generation) return;
    this.rows = page.messages;
    this.hasNewest = index < pageSize;
    this.hasOldest = page.next === null;
    this.start = this.hasOldest ? this.total - this.rows.length : this.hasNewest ? 0 : Math.min(index, this.total - this.rows.length);
    this.changed(0);
  }

  private unknown(messages: Message[]): Message[] {
    const known = new Set(this.rows.map((each) => each.id + each.mailboxId));
    return messages.filter((each) => !known.has(each.id + each.mailboxId));
  }

  /** What the server counts. Until the end is reached it is all that is known. */
  count(total: number): void {
    if (this.hasOldest || this.rows.length === 0) return;
    const counted = Math.max(total, this.start + this.rows.length + 1);
    if (counted === this.total) return;
    this.total = counted;
    this.changed(0);
  }

  /** New messages, the newest first. */
  add(arrived: readonly Message[]): void {
    const added = this.unknown([...arrived]);
    if (added.length === 0) return;
    this.newest = added[0];
    this.total += added.length;
    if (this.hasNewest) this.rows = [...added, ...this.rows];
    else this.start += added.length;
    this.changed(added.length);
  }

  /** Asks for what has come since, where nobody told of it. */
  async catchUp(): Promise<void> {
    const generation = this.generation;
    const found = await this.source.newest(pageSize);
    if (generation !== this.generation) return;
    const fresh = this.unknown(found);
    const isGap = this.hasNewest && this.rows.length > 0 && found.length > 0 && fresh.length === found.length;
    if (isGap || this.rows.length === 0) await this.open(undefined);
    else if (this.hasNewest) this.add(fresh.filter((each) => each.id > this.rows[0]!.id || each.uid > this.rows[0]!.uid));
  }

  replace(message: Message): void {
    const index = this.rows.findIndex((each) => isSame(each, message));
    if (index < 0) return;
    // Search results carry what was found in them; events do not.
    const highlights = message.highlights ?? this.rows[index]!.highlights;
    this.rows = this.rows.with(index, highlights ? { ...message, highlights } : message);
    this.changed(0);
  }

  remove(mailboxId: number, uids: ReadonlySet<number>): void {
    const left = this.rows.filter((each) => each.mailboxId !== mailboxId || !uids.has(each.uid));
    const first = this.rows[0];
    const before = first && !this.hasNewest ? [...uids].filter((uid) => uid > first.uid).length : 0;
    const gone = this.rows.length - left.length;
    if (gone + before === 0 && this.hasOldest && this.hasNewest) return;
    this.total = Math.max(left.length, this.total - (this.hasOldest && this.hasNewest ? gone : uids.size));
    this.start -= Math.min(before, this.start);
    this.rows = left;
    this.changed(-before);
  }

  /** Puts messages back that were removed, where they were. */
  restore(messages: readonly Message[]): void {
    for (const message of this.unknown([...messages])) {
      const index = this.rows.findIndex((each) => (each.mailboxId === message.mailboxId ? each.uid < message.uid : each.id < message.id));
      if (index >= 0) this.rows = this.rows.toSpliced(index, 0, message);
      else if (this.hasOldest) this.rows = [...this.rows, message];
      this.total++;
    }
    this.changed(0);
  }
}
