import { describe, expect, it } from 'vitest';
import { contains, linesOf, markIn, tokensOf } from './tokens';

describe('tokensOf', () => {
  it('reads spans and characters', () =>
    expect(tokensOf('a <span class="hljs-tag">&lt;<span class="hljs-name">b</span>&gt;</span> &amp;')).toEqual([
      { text: 'a ' }, { text: '<', kind: 'tag' }, { text: 'b', kind: 'name' }, { text: '>', kind: 'tag' }, { text: ' &' },
    ]));
});

describe('linesOf', () => {
  it('cuts tokens at line ends of every kind', () =>
    expect(linesOf([{ text: 'a\nb\r\n', kind: 'x' }, { text: 'c\rd' }])).toEqual([[{ text: 'a', kind: 'x' }], [{ text: 'b', kind: 'x' }], [{ text: 'c' }], [{ text: 'd' }]]));
});

describe('markIn', () => {
  const line = [{ text: 'Hello', kind: 'x' }, { text: ' world, hello' }];
  it('marks across tokens, and loses no letter', () => {
    const marked = markIn(line, 'LO W');
    expect(marked.map((each) => each.text).join('')).toBe('Hello world, hello');
    expect(marked.filter((each) => each.isMarked).map((each) => each.text)).toEqual(['lo', ' w']);
  });
  it('marks every place', () => expect(markIn(line, 'hello').filter((each) => each.isMarked)).toHaveLength(2));
  it('leaves a line without it as it is', () => expect(markIn(line, 'xyz')).toEqual(line));
  it('knows which lines to look at', () => expect([contains(line, 'lo W'), contains(line, 'z'), contains(line, '')]).toEqual([true, false, false]));
});
