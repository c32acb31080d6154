import { describe, expect, it } from 'vitest';
import { linesOf } from './dialogue';

describe('linesOf', () => {
  it('tells who spoke, and marks refusals of the server only', () =>
    expect(linesOf('S: 220 ready\nC: 550 is no reply\nS: 550 5.1.1 no\n-- 23 octets of content\n')).toEqual([
      { by: 'server', text: '220 ready', isRefusal: false },
      { by: 'client', text: '550 is no reply', isRefusal: false },
      { by: 'server', text: '550 5.1.1 no', isRefusal: true },
      { by: 'note', text: '23 octets of content', isRefusal: false },
    ]));
});
