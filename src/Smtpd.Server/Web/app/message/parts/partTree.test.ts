import { describe, expect, it } from 'vitest';
import { depthOf, isText } from './partTree';

describe('depthOf', () => {
  it.each([['1', 0], ['1.2', 1], ['1.2.3', 2], [Array(50).fill('1').join('.'), 12]])('%s', (path, depth) => expect(depthOf({ path })).toBe(depth));
});

describe('isText', () => {
  it.each([['text/plain', 0, true], ['text/html', 0, true], ['message/delivery-status', 0, true], ['application/ld+json', 0, true], ['image/png', 0, false], ['multipart/mixed', 2, false], ['message/rfc822', 1, false]])(
    '%s with %d children', (contentType, children, expected) => expect(isText({ contentType, children })).toBe(expected));
});
