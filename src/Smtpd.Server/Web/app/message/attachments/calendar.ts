import ICAL from 'ical.js';
import { ruleInWords, type Rule } from './recurrence';

export interface Person {
  name: string;
  address: string;
  /** What they answered, in words. */
  answer: string;
  isOptional: boolean;
}

export interface CalendarEvent {
  kind: string;
  title: string;
  /** In the zone of the event. */
  when: string;
  zone: string;
  /** The same in the reader's zone, when that differs. */
  whenHere: string;
  where: string;
  description: string;
  organiser: Person | undefined;
  attendees: Person[];
  recurrence: string;
  status: string;
  url: string;
}

export interface Calendar {
  method: string;
  events: CalendarEvent[];
}

const answers: Record<string, string> = { 'NEEDS-ACTION': 'no answer yet', ACCEPTED: 'accepts', DECLINED: 'declines', TENTATIVE: 'perhaps', DELEGATED: 'delegated', COMPLETED: 'done' };

const methods: Record<string, string> = {
  PUBLISH: 'For information', REQUEST: 'Invitation', REPLY: 'Answer to an invitation', ADD: 'More dates', CANCEL: 'Cancelled', REFRESH: 'Asks for the newest version',
  COUNTER: 'Proposes another time', DECLINECOUNTER: 'Declines another time',
};

/** Reads iCalendar (RFC 5545). Throws when it is none. `zone`: the reader's. */
export function readCalendar(text: string, zone = Intl.DateTimeFormat().resolvedOptions().timeZone): Calendar {
  const root = new ICAL.Component(ICAL.parse(text) as unknown[]);
  if (root.name !== 'vcalendar') throw new Error('This is no calendar.');
  for (const known of root.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(known);
  const method = String(root.getFirstPropertyValue('method') ?? '').toUpperCase();
  const parts = root.getAllSubcomponents().filter((each) => /^v(event|todo|journal)$/.test(each.name));
  return { method: methods[method] ?? method, events: parts.map((part) => readEvent(part, zone)) };
}

function readEvent(part: ICAL.Component, zone: string): CalendarEvent {
  const text = (name: string) => String(part.getFirstPropertyValue(name) ?? '').trim();
  const start = timeOf(part, 'dtstart');
  const end = timeOf(part, 'dtend') ?? timeOf(part, 'due') ?? endBy(part, start);
  const named = String(part.getFirstProperty('dtstart')?.getFirstParameter('tzid') ?? '');
  const eventZone = start?.isDate ? '' : named || (start?.zone?.tzid === 'UTC' ? 'UTC' : '');
  const when = start ? range(wall(start), end && wall(end), start.isDate) : '';
  // A zone that is named but not described is not known; its time must not be shifted.
  const isKnown = start?.zone !== undefined && start.zone.tzid !== 'floating';
  const here = start && !start.isDate && isKnown ? range(inZone(start, zone), end && inZone(end, zone), false) : '';
  const organiser = part.getFirstProperty('organizer');
  const rule = part.getFirstPropertyValue('rrule');
  return {
    kind: { vevent: 'Event', vtodo: 'Task', vjournal: 'Journal' }[part.name] ?? part.name,
    title: text('summary') || 'No title',
    when,
    zone: eventZone,
    whenHere: here === when ? '' : here,
    where: text('location'),
    description: text('description'),
    organiser: organiser ? personOf(organiser) : undefined,
    attendees: part.getAllProperties('attendee').map(personOf),
    recurrence: rule instanceof ICAL.Recur ? ruleInWords(ruleOf(rule)) : '',
    status: text('status').toLowerCase(),
    url: text('url'),
  };
}

function timeOf(part: ICAL.Component, name: string): ICAL.Time | undefined {
  const value = part.getFirstPropertyValue(name);
  return value instanceof ICAL.Time ? value : undefined;
}

function endBy(part: ICAL.Component, start: ICAL.Time | undefined): ICAL.Time | undefined {
  const length = part.getFirstPropertyValue('duration');
  if (!start || !(length instanceof ICAL.Duration)) return undefined;
  const end = start.clone();
  end.addDuration(length);
  return end;
}

// A clock on the wall: shown as if it were UTC, so that no zone of the browser gets in.
const wall = (time: ICAL.Time): Date => new Date(Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second));

function inZone(time: ICAL.Time, zone: string): Date {
  const pieces = new Intl.DateTimeFormat('en', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
  const of = Object.fromEntries(pieces.formatToParts(time.toJSDate()).map((piece) => [piece.type, Number(piece.value)]));
  return new Date(Date.UTC(of['year']!, of['month']! - 1, of['day']!, of['hour']!, of['minute']!, of['second']!));
}

const dayText = (date: Date): string => date.toLocaleDateString('en', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
const clockText = (date: Date): string => date.toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'UTC' });

function range(start: Date, end: Date | undefined, isWholeDay: boolean): string {
  if (isWholeDay) {
    // DTEND of whole days is the day after (RFC 5545 3.6.1).
    const last = end && new Date(end.getTime() - 86_400_000);
    return last && last > start ? `${dayText(start)} to ${dayText(last)}` : dayText(start);
  }
  if (!end || end <= start) return `${dayText(start)}, ${clockText(start)}`;
  return dayText(start) === dayText(end) ? `${dayText(start)}, ${clockText(start)}–${clockText(end)}` : `${dayText(start)}, ${clockText(start)} to ${dayText(end)}, ${clockText(end)}`;
}

function personOf(property: ICAL.Property): Person {
  const address = String(property.getFirstValue() ?? '').replace(/^mailto:/i, '');
  const parameter = (name: string) => String(property.getFirstParameter(name) ?? '');
  return { name: parameter('cn'), address, answer: answers[parameter('partstat').toUpperCase()] ?? '', isOptional: parameter('role').toUpperCase() === 'OPT-PARTICIPANT' };
}

function ruleOf(recur: ICAL.Recur): Rule {
  const parts = recur.parts as Record<string, (string | number)[] | undefined>;
  const numbers = (name: string) => parts[name]?.map(Number);
  const rule: Rule = { freq: recur.freq, interval: recur.interval, count: recur.count };
  if (recur.until) rule.until = dayText(wall(recur.until));
  if (parts['BYDAY']) rule.byDay = parts['BYDAY'].map(String);
  const [monthDays, months] = [numbers('BYMONTHDAY'), numbers('BYMONTH')];
  if (monthDays) rule.byMonthDay = monthDays;
  if (months) rule.byMonth = months;
  return rule;
}
