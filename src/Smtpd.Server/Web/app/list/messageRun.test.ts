import { describe, expect, it } from 'vitest';
import type { Message } from '../api/types';
import { MessageRun, type Source } from './messageRun';

const message = (uid: number): Message => ({ uid, mailboxId: 1, id: `m${uid}` }) as Message;

/** A mailbox with every UID from 1 to `count` but for those that `isGone`. */
function mailbox(count: number, isGone: (uid: number) => boolean = () => false) {
  const uids = Array.from({ length: count }, (_, i) => count - i).filter((uid) => !isGone(uid));
  const asked: string[] = [];
  const page = (found: number[], limit: number) => ({ messages: found.slice(0, limit).map(message), next: found.length > limit ? 1 : null });
  const source: Source = {
    older: async (than, limit) => (asked.push(`older ${than?.uid}`), page(uids.filter((uid) => uid < (than?.uid ?? Infinity)), limit)),
    newest: async (limit) => page(uids, limit).messages,
    newer: async (than, limit) => (asked.push(`newer ${than.uid}`), page(uids.filter((uid) => uid > than.uid).reverse(), limit)),
    near: async (index, total, newest) => {
      asked.push(`near ${index}`);
      const uid = newest.uid - Math.round((index / (total - 1)) * (newest.uid - 1));
      return page(uids.filter((each) => each <= uid), 100);
    },
  };
  const shifts: number[] = [];
  const run = new MessageRun(source, (shift) => shifts.push(shift), (problem) => { throw problem; });
  const settle = () => new Promise((done) => setTimeout(done));
  return { run, uids, asked, shifts, settle };
}

/** Every loaded row stands where the whole list has it. */
const isTrue = (run: MessageRun, uids: number[]) => run.rows.every((each, i) => uids[run.start + i] === each.uid);

describe('MessageRun', () => {
  it('reads on towards the oldest as one scrolls, and ends there', async () => {
    const { run, uids, settle } = mailbox(950);
    await run.open(950);
    for (let at = 0; at < 950; at += 40) {
      run.show(at, at + 20);
      await settle();
    }
    expect(run.at(949)?.uid).toBe(1);
    expect(run.total).toBe(950);
    expect(isTrue(run, uids)).toBe(true);
  });

  it('forgets what is far away, and reads it again on the way back', async () => {
    const { run, uids, settle } = mailbox(5000);
    await run.open(5000);
    for (let at = 0; at < 4000; at += 40) (run.show(at, at + 20), await settle());
    expect(run.rows.length).toBeLessThanOrEqual(1700);
    for (let at = 4000; at >= 0; at -= 40) (run.show(at, at + 20), await settle());
    expect(run.at(0)?.uid).toBe(5000);
    expect(run.hasNewest).toBe(true);
    expect(isTrue(run, uids)).toBe(true);
  });

  it('goes to the middle with one request', async () => {
    const { run, asked, settle } = mailbox(1_000_000);
    await run.open(1_000_000);
    asked.length = 0;
    run.show(500_000, 500_020);
    await settle();
    expect(asked[0]).toBe('near 500000');
    expect(asked.length).toBeLessThan(4);
    expect(run.at(500_000)?.uid).toBe(500_000);
  });

  it('finds the true place at the top when the guess was wrong, and says by how much', async () => {
    const { run, uids, shifts, settle } = mailbox(3000, (uid) => uid > 1500 && uid % 3 !== 0);
    await run.open(uids.length);
    run.show(900, 920);
    await settle();
    const at = run.start;
    for (let first = at; !run.hasNewest; first = Math.max(run.start, 0)) (run.show(first, first + 20), await settle());
    expect(run.start).toBe(0);
    expect(isTrue(run, uids)).toBe(true);
    expect(shifts.some((each) => each !== 0)).toBe(true);
  });

  it('puts new messages before the others, each once', async () => {
    const { run, shifts } = mailbox(10);
    await run.open(10);
    run.add([message(12), message(11)]);
    run.add([message(12)]);
    expect(run.rows.map((each) => each.uid).slice(0, 3)).toEqual([12, 11, 10]);
    expect(run.total).toBe(12);
    expect(shifts).toEqual([0, 2]);
  });

  it('asks for what has come since', async () => {
    const { run, uids } = mailbox(10);
    await run.open(10);
    uids.unshift(12, 11);
    await run.catchUp();
    expect(run.rows.map((each) => each.uid).slice(0, 3)).toEqual([12, 11, 10]);
    uids.unshift(...Array.from({ length: 300 }, (_, i) => 312 - i));
    await run.catchUp();
    expect(run.rows[0]?.uid).toBe(312);
    expect(isTrue(run, uids)).toBe(true);
  });

  it('counts new messages also when it is elsewhere', async () => {
    const { run, settle } = mailbox(10_000);
    await run.open(10_000);
    run.show(5000, 5020);
    await settle();
    const uid = run.at(5000)!.uid;
    run.add([message(10_001)]);
    expect(run.at(5001)?.uid).toBe(uid);
    expect(run.total).toBe(10_001);
  });

  it('closes the gap that deleted messages leave', async () => {
    const { run } = mailbox(10);
    await run.open(10);
    run.remove(1, new Set([9, 3]));
    run.remove(2, new Set([8]));
    expect(run.rows.map((each) => each.uid)).toEqual([10, 8, 7, 6, 5, 4, 2, 1]);
    expect(run.total).toBe(8);
  });

  it('puts back what was removed', async () => {
    const { run } = mailbox(5);
    await run.open(5);
    const gone = run.rows.filter((each) => [1, 3, 5].includes(each.uid));
    run.remove(1, new Set([1, 3, 5]));
    run.restore(gone);
    expect(run.rows.map((each) => each.uid)).toEqual([5, 4, 3, 2, 1]);
    expect(run.total).toBe(5);
  });

  it('keeps what was found when the message changes', async () => {
    const { run } = mailbox(3);
    await run.open(3);
    run.replace({ ...message(2), highlights: [] });
    run.replace({ ...message(2), subject: 'new' } as Message);
    expect(run.at(1)).toMatchObject({ subject: 'new', highlights: [] });
  });

  it('drops an answer that another opening has overtaken', async () => {
    const { run } = mailbox(10);
    const first = run.open(10);
    const second = run.open(10);
    await Promise.all([first, second]);
    expect(run.rows.length).toBe(10);
  });
});
