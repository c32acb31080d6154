import { describe, expect, it } from 'vitest';
import { formOf, readLength, readLimits, readSize, writeLength, writeSize } from './limits';

describe('sizes', () => {
  it.each([['1024', 1024], ['500 MB', 524_288_000], ['1.5k', 1536], ['1,5 KiB', 1536], ['2 gb', 2_147_483_648], ['x', undefined], ['-1', undefined], ['1e9', undefined], ['', undefined]])('%j', (text, octets) =>
    expect(readSize(text)).toBe(octets));
  it.each([1, 1000, 1023, 1024, 1536, 10_485_760, 1_000_000, 1_073_741_824, 123_456_789])('%d comes back', (octets) => expect(readSize(writeSize(octets))).toBe(octets));
  it('are short', () => expect([1536, 10_485_760].map(writeSize)).toEqual(['1.5 KB', '10 MB']));
});

describe('lengths', () => {
  it.each([['90', 90], ['90s', 90], ['10m', 600], ['12 hours', 43_200], ['7d', 604_800], ['1 minute', 60], ['7w', undefined], ['', undefined]])('%j', (text, seconds) => expect(readLength(text)).toBe(seconds));
  it.each([[1, '1s'], [90, '90s'], [600, '10m'], [604_800, '7d'], [0, '0s']])('%d', (seconds, text) => expect(writeLength(seconds)).toBe(text));
});

describe('limits', () => {
  const none = { messages: null, bytes: null, age: null, messageBytes: null, rate: null };
  const all = { messages: 1000, bytes: 1_048_576, age: 604_800, messageBytes: 2048, rate: { messages: 10, window: 60, refusal: 'defer' as const } };
  it('go there and back', () => {
    expect(readLimits(formOf(none))).toEqual({ patch: none });
    expect(readLimits(formOf(all))).toEqual({ patch: all });
  });
  it('name what is wrong', () => {
    expect(readLimits({ ...formOf(all), messages: '0', bytes: 'much', window: '' })).toEqual({ wrong: { messages: 'A number from 1.', bytes: 'A size such as 500 MB.', window: 'A time such as 1s or 10m.' } });
  });
});
