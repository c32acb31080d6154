import { describe, expect, it } from 'vitest';
import { pieces } from './linkify';

const links = (text: string) => pieces(text).flatMap((each) => each.href ?? []);

describe('pieces', () => {
  it('is the text, taken apart', () => {
    for (const text of ['', 'a', 'see https://x.test/a?b=c, and (http://y.test).', 'https://x.test/a_(b)'])
      expect(pieces(text).map((each) => each.text).join('')).toBe(text);
  });
  it.each([
    ['see https://x.test/a?b=c, and', ['https://x.test/a?b=c']],
    ['(http://y.test).', ['http://y.test']],
    ['https://x.test/a_(b)', ['https://x.test/a_(b)']],
    ['<https://x.test>', ['https://x.test']],
    ['javascript:alert(1) nohttp://x', []],
  ])('%s', (text, expected) => expect(links(text)).toEqual(expected));
});
