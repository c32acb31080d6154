import { describe, expect, it } from 'vitest';
import { complete, fields, join, quote, split, termsOf, withoutUnfinished } from './terms';

describe('termsOf', () => {
  it.each([
    ['a b', ['a', 'b']],
    ['from:anna "two words" -is:read', ['from:anna', '"two words"', '-is:read']],
    ['subject:"a b" c', ['subject:"a b"', 'c']],
    ['subject:"open end', ['subject:"open end']],
    ['  ', []],
  ])('%s', (query, terms) => expect(termsOf(query)).toEqual(terms));
});

describe('split', () => {
  it('makes chips of fields and leaves words', () => expect(split('order from:shop -is:read big')).toEqual({ chips: ['from:shop', '-is:read'], draft: 'order big' }));
  it('takes no apart what OR or parentheses bind', () => {
    expect(split('from:a OR from:b').chips).toEqual([]);
    expect(split('-(from:a to:b)').draft).toBe('-(from:a to:b)');
  });
  it('knows its fields only: an address is a word', () => expect(split('http://x.test:80 a:b').chips).toEqual([]));
  it('is undone by join', () => {
    for (const query of ['from:a b', 'x', 'subject:"a b" c', 'a OR b', '']) {
      const { chips, draft } = split(query);
      expect(split(join(chips, draft))).toEqual({ chips, draft });
    }
  });
});

describe('complete', () => {
  it('offers every field to who has not begun', () => expect(complete('', {})).toHaveLength(fields.length));
  it('offers fields by their beginning, also negated', () => expect(complete('order -s', {}).map((each) => each.text)).toEqual(['-subject:', '-smaller:']));
  it('offers values', () => expect(complete('is:un', {}).map((each) => each.text)).toEqual(['is:unread', 'is:unpinned']));
  it('offers what the server knows', () => expect(complete('tag:re', { tag: ['release 7', 'other'] })).toEqual([{ text: 'tag:"release 7"', about: '', isWhole: true }]));
  it('offers nothing for a finished word', () => expect(complete('is:unread', {})).toEqual([]));
});

describe('quote', () => {
  it.each([['a', 'a'], ['a b', '"a b"'], ['a"b', '"a\\"b"'], ['', '""']])('%s', (value, quoted) => expect(quote(value)).toBe(quoted));
});

describe('withoutUnfinished', () => {
  it.each([
    ['order from:', 'order '],
    ['is:un', ''],
    ['is:unread', 'is:unread'],
    ['after:7', ''],
    ['after:7d', 'after:7d'],
    ['-larger:1M', '-larger:1M'],
    ['from:a', 'from:a'],
    ['http:', 'http:'],
    ['two words', 'two words'],
  ])('%s', (draft, expected) => expect(withoutUnfinished(draft)).toBe(expected));
});
