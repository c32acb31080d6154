import { describe, expect, it } from 'vitest';
import { inlineStyle, readHtml, textOf } from './html';

describe('readHtml', () => {
  it('knows the lines of elements, texts and comments', () => {
    const document = readHtml('<!DOCTYPE html>\n<html>\n<!-- x -->\n<p>\na &amp; b<br>\n<img alt="pic"></p>');
    expect(document.elements.map((each) => `${each.line} ${each.name}`)).toEqual(['2 html', '4 p', '5 br', '6 img']);
    expect(document.comments).toEqual([3]);
    expect(document.doctype).toEqual({ text: '!DOCTYPE html', line: 1 });
    expect(textOf(document.root)).toBe('a & b pic');
  });

  it('gives every element its parent', () => {
    const { elements } = readHtml('<table><tr><td><a href=x>y</a></table><b>z');
    expect(elements.map((each) => each.parent?.name)).toEqual(['', 'table', 'tr', 'td', '']);
  });

  it('leaves out what nobody reads', () => {
    expect(textOf(readHtml('<head><title>t</title><style>a{}</style></head><body>a\u200b\u00a0<script>s</script>b</body>').root)).toBe('a b');
  });

  it('survives depth', { timeout: 60_000 }, () => {
    expect(textOf(readHtml('<div>'.repeat(20_000) + 'x').root)).toBe('x');
  });
});

describe('inlineStyle', () => {
  it('takes the last of a property', () => {
    const [element] = readHtml('<p style="COLOR: Red; color:#FFF !important;;x">').elements;
    expect([...inlineStyle(element!)]).toEqual([['color', '#fff']]);
  });
});
