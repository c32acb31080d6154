/** Octets for people: 1023 B, 1.4 KB, 12 MB. */
export function bytes(count: number): string {
  let unit = 0;
  while (count >= 999.5 && unit < 4) {
    count /= 1024;
    unit++;
  }
  return unit === 0 ? `${count} B` : `${count < 9.95 ? count.toFixed(1) : Math.round(count)} ${['B', 'KB', 'MB', 'GB', 'TB'][unit]}`;
}

export const plural = (count: number, one: string, many = one + 's'): string => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How long ago, as short as a list wants it; the date when it is more than six days. */
export function ago(time: Date, now: Date): string {
  const past = now.getTime() - time.getTime();
  if (past < minute) return 'now';
  if (past < hour) return `${Math.floor(past / minute)} min`;
  if (past < day) return `${Math.floor(past / hour)} h`;
  if (past < 7 * day) return `${Math.floor(past / day)} d`;
  const sameYear = time.getFullYear() === now.getFullYear();
  return time.toLocaleDateString('en', sameYear ? { day: 'numeric', month: 'short' } : { day: 'numeric', month: 'short', year: 'numeric' });
}

/** The whole of a point in time, in the reader's own zone. */
export const fullTime = (time: Date): string =>
  time.toLocaleString('en', { dateStyle: 'full', timeStyle: 'long' });

/** A length of time: 350 ms, 4.2 s, 3 min 5 s, 2 h 10 min. */
export function duration(milliseconds: number): string {
  if (milliseconds < 0) return '−' + duration(-milliseconds);
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 10_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  if (milliseconds < minute) return `${Math.round(milliseconds / 1000)} s`;
  if (milliseconds < hour) return `${Math.floor(milliseconds / minute)} min ${Math.round((milliseconds % minute) / 1000)} s`;
  if (milliseconds < day) return `${Math.floor(milliseconds / hour)} h ${Math.round((milliseconds % hour) / minute)} min`;
  return `${Math.floor(milliseconds / day)} d ${Math.round((milliseconds % day) / hour)} h`;
}
