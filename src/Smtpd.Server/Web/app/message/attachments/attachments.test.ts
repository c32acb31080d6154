import { describe, expect, it } from 'vitest';
import type { Attachment, Part } from '../../api/types';
import { readCalendar } from './calendar';
import { decodeWords, readHeader } from './encodedWords';
import { kindOf, readable } from './kind';
import { nestedIn, partOf } from './nested';
import { ruleInWords } from './recurrence';

describe('kindOf', () => {
  it.each([
    ['image/png', 'a.txt', 'picture'], ['image/svg+xml', 'a.svg', 'text'], ['image/tiff', 'a.tif', 'other'], ['application/pdf', null, 'pdf'], ['text/calendar', null, 'calendar'],
    ['application/octet-stream', 'x.ICS', 'calendar'], ['message/rfc822', null, 'message'], ['application/octet-stream', 'x.eml', 'message'], ['text/csv', null, 'text'],
    ['application/ld+json', null, 'text'], ['application/octet-stream', 'a.log', 'text'], ['application/zip', 'a.zip', 'other'],
  ])('%s %s is %s', (contentType, fileName, kind) => expect(kindOf({ contentType, fileName })).toBe(kind));
  it('breaks the lines of JSON', () => {
    expect(readable('{"a":1}', 'application/json')).toBe('{\n  "a": 1\n}');
    expect(readable('{"a":', 'application/json')).toBe('{"a":');
  });
});

describe('decodeWords', () => {
  it.each([
    ['=?utf-8?Q?J=C3=BCrgen_M?= =?UTF-8?b?w7xsbGVy?= <a@b>', 'Jürgen Müller <a@b>'],
    ['=?iso-8859-1?q?gr=FC=DFe?= x', 'grüße x'],
    ['=?utf-8*de?Q?a?=', 'a'],
    ['=?no-such?Q?a?=', '=?no-such?Q?a?='],
    ['=?utf-8?B?%%?=', '=?utf-8?B?%%?='],
    ['plain', 'plain'],
  ])('%s', (field, expected) => expect(decodeWords(field)).toBe(expected));

  it('reads a header', () => {
    expect(readHeader('From: a\r\nSubject: =?utf-8?Q?=C3=BC?=\r\n more\r\nodd line\r\n\r\nTo: body')).toEqual([{ name: 'From', value: 'a' }, { name: 'Subject', value: 'ü more' }]);
  });
});

const part = (path: string, contentType: string, more: Partial<Part> = {}): Part =>
  ({ path, contentType, fileName: null, disposition: null, attachment: false, sha256: path, ...more }) as Part;

describe('nestedIn', () => {
  const parts = [
    part('1', 'multipart/mixed', { sha256: null }), part('1.1', 'text/plain'), part('1.2', 'message/rfc822', { attachment: true }), part('1.2.1', 'multipart/mixed', { sha256: null }), part('1.2.1.1', 'text/plain'),
    part('1.2.1.2', 'text/csv', { fileName: 'n.csv' }), part('1.2.1.3', 'message/rfc822'), part('1.2.1.3.1', 'text/html'), part('1.20', 'text/html'),
  ];
  it('tells body, attachments and messages within', () => {
    const nested = nestedIn(parts[2]!, parts);
    expect([nested.text?.path, nested.html?.path, nested.attachments.map((each) => each.path)]).toEqual(['1.2.1.1', undefined, ['1.2.1.2', '1.2.1.3']]);
  });
  it('finds the part of an attachment', () => {
    const attachment = { index: 1, sha256: '1.2', contentType: 'message/rfc822' } as Attachment;
    expect(partOf(attachment, parts)?.path).toBe('1.2');
    expect(partOf({ ...attachment, index: 9 }, parts)?.path).toBe('1.2');
    expect(partOf({ ...attachment, sha256: 'x' }, parts)).toBeUndefined();
  });
});

describe('ruleInWords', () => {
  it.each([
    [{ freq: 'DAILY' }, 'Every day'],
    [{ freq: 'WEEKLY', interval: 2, byDay: ['MO', 'WE'], count: 10 }, 'Every 2 weeks on Monday and Wednesday, 10 times'],
    [{ freq: 'WEEKLY', byDay: ['MO', 'TU', 'WE', 'TH', 'FR'] }, 'Every week on weekdays'],
    [{ freq: 'MONTHLY', byDay: ['-1FR'], until: 'Friday' }, 'Every month on the last Friday, until Friday'],
    [{ freq: 'MONTHLY', byDay: ['2TU'] }, 'Every month on the 2nd Tuesday'],
    [{ freq: 'MONTHLY', byMonthDay: [1, -1] }, 'Every month on day 1 and the last day'],
    [{ freq: 'YEARLY', byMonth: [3], byDay: ['-1SU'] }, 'Every year on the last Sunday in March'],
  ])('%j', (rule, expected) => expect(ruleInWords(rule)).toBe(expected));
});

describe('readCalendar', () => {
  const calendar = (...lines: string[]) => ['BEGIN:VCALENDAR', 'VERSION:2.0', 'METHOD:REQUEST', 'BEGIN:VEVENT', 'UID:1', ...lines, 'END:VEVENT', 'END:VCALENDAR'].join('\r\n');

  it('reads an invitation', () => {
    const { method, events } = readCalendar(calendar('SUMMARY:Planning\\, again', 'DTSTART:20261005T080000Z', 'DURATION:PT90M', 'LOCATION:Room 4', 'ORGANIZER;CN=Anna:mailto:anna@example.com',
      'ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED:mailto:bob@example.com', 'ATTENDEE;ROLE=OPT-PARTICIPANT:MAILTO:carol@example.com', 'RRULE:FREQ=WEEKLY;UNTIL=20261231T000000Z'), 'Europe/Berlin');
    expect(method).toBe('Invitation');
    expect(events[0]).toMatchObject({
      title: 'Planning, again', when: 'Monday, October 5, 2026, 08:00–09:30', zone: 'UTC', whenHere: 'Monday, October 5, 2026, 10:00–11:30', where: 'Room 4',
      organiser: { name: 'Anna', address: 'anna@example.com' }, recurrence: 'Every week, until Thursday, December 31, 2026',
      attendees: [{ name: 'Bob', answer: 'accepts', isOptional: false }, { address: 'carol@example.com', isOptional: true }],
    });
  });

  it.each([
    [['DTSTART;VALUE=DATE:20261005', 'DTEND;VALUE=DATE:20261006'], 'Monday, October 5, 2026'],
    [['DTSTART;VALUE=DATE:20261005', 'DTEND;VALUE=DATE:20261008'], 'Monday, October 5, 2026 to Wednesday, October 7, 2026'],
    [['DTSTART:20261005T230000', 'DTEND:20261006T010000'], 'Monday, October 5, 2026, 23:00 to Tuesday, October 6, 2026, 01:00'],
    [['SUMMARY:x'], ''],
  ])('%j', (lines, when) => expect(readCalendar(calendar(...lines), 'UTC').events[0]!.when).toBe(when));

  it('takes a zone without its definition by name', () => expect(readCalendar(calendar('DTSTART;TZID=Asia/Tokyo:20261005T100000'), 'UTC').events[0]).toMatchObject({ when: 'Monday, October 5, 2026, 10:00', zone: 'Asia/Tokyo' }));
  it.each(['', 'x', 'BEGIN:VCARD\r\nEND:VCARD'])('refuses %j', (text) => expect(() => readCalendar(text)).toThrow());
});
