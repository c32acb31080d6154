/** The parts of an RRULE (RFC 5545 3.3.10) that can be said in words. */
export interface Rule {
  freq: string;
  interval?: number;
  count?: number | null;
  until?: string;
  byDay?: string[];
  byMonthDay?: number[];
  byMonth?: number[];
}

const units: Record<string, string> = { SECONDLY: 'second', MINUTELY: 'minute', HOURLY: 'hour', DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month', YEARLY: 'year' };
const days: Record<string, string> = { MO: 'Monday', TU: 'Tuesday', WE: 'Wednesday', TH: 'Thursday', FR: 'Friday', SA: 'Saturday', SU: 'Sunday' };
const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

export function ruleInWords(rule: Rule): string {
  const unit = units[rule.freq.toUpperCase()] ?? rule.freq.toLowerCase();
  const interval = rule.interval ?? 1;
  const pieces = [interval === 1 ? `Every ${unit}` : `Every ${interval} ${unit}s`];
  if (rule.byDay?.length) pieces.push(`on ${list(isWorkWeek(rule.byDay) ? ['weekdays'] : rule.byDay.map(dayInWords))}`);
  if (rule.byMonthDay?.length) pieces.push(`on ${list(rule.byMonthDay.map((day) => (day < 0 ? `the ${day === -1 ? 'last' : ordinal(-day) + ' last'} day` : `day ${day}`)))}`);
  if (rule.byMonth?.length) pieces.push(`in ${list(rule.byMonth.map((month) => months[month - 1] ?? String(month)))}`);
  if (rule.count) pieces.push(rule.count === 1 ? 'once' : `${rule.count} times`);
  if (rule.until) pieces.push(`until ${rule.until}`);
  const [what, ...when] = pieces;
  const ends = rule.count || rule.until ? when.splice(-1) : [];
  return [[what, ...when].join(' '), ...ends].join(', ');
}

const isWorkWeek = (given: string[]): boolean => given.slice().sort().join() === 'FR,MO,TH,TU,WE';

function dayInWords(day: string): string {
  const [, number, name] = /^([+-]?\d+)?(\w\w)$/.exec(day.toUpperCase()) ?? [];
  const weekday = days[name ?? ''] ?? day;
  if (!number) return weekday;
  const n = Number(number);
  return `the ${n === -1 ? 'last' : n < 0 ? ordinal(-n) + ' last' : ordinal(n)} ${weekday}`;
}

const ordinal = (n: number): string => `${n}${n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`;

const list = (items: string[]): string => (items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`);
