import { describe, expect, it } from 'vitest';
import { KeySequence } from './keySequence';

const commands = [['j'], ['g', 'i'], ['g', 'a'], ['#']];
const press = (keys: string, times?: number[]) => {
  const sequence = new KeySequence();
  return [...keys].map((key, index) => sequence.press(key, times?.[index] ?? index, commands, (each) => each)?.join(''));
};

describe('KeySequence', () => {
  it('knows single keys', () => expect(press('jj#z')).toEqual(['j', 'j', '#', undefined]));
  it('knows two keys, one after the other', () => expect(press('giga')).toEqual([undefined, 'gi', undefined, 'ga']));
  it('begins anew with a key that does not go on', () => expect(press('gj')).toEqual([undefined, 'j']));
  it('does not wait for ever', () => expect(press('gi', [0, 2000])).toEqual([undefined, undefined]));
});
