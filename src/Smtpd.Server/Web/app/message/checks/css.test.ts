import { describe, expect, it } from 'vitest';
import { scanCss } from './css';

function scan(css: string, isInline = false): string[] {
  const seen: string[] = [];
  scanCss(css, 1, {
    atRule: (name, condition, line) => seen.push(`${line} @${name} ${condition}`.trim()),
    rule: (selector, isNested, line) => seen.push(`${line} ${isNested ? 'nested ' : ''}${selector} {`),
    declaration: (property, value, line) => seen.push(`${line} ${property}: ${value}`),
    comment: (line) => seen.push(`${line} comment`),
  }, isInline);
  return seen;
}

describe('scanCss', () => {
  it('tells rules and declarations with their lines', () => {
    expect(scan('a,\nb {\n  color: red;\n  margin: 0\n}\np { top: 1px }')).toEqual(['1 a,\nb {', '3 color: red', '4 margin: 0', '6 p {', '6 top: 1px']);
  });

  it('goes into @media and tells statements', () => {
    expect(scan('@import url("a;b.css");\n@media (max-width: 600px) {\n .a { width: 100% !important }\n}')).toEqual([
      '1 @import url("a;b.css")', '2 @media (max-width: 600px)', '3 .a {', '3 width: 100% !important',
    ]);
  });

  it('does not take frames for selectors', () => {
    expect(scan('@keyframes x { from { top: 0 } 50% { top: 1px } }')).toEqual(['1 @keyframes x', '1 top: 0', '1 top: 1px']);
  });

  it('sees what is nested', () => {
    expect(scan('.a { color: red; .b { top: 0 } }')).toEqual(['1 .a {', '1 color: red', '1 nested .b {', '1 top: 0']);
  });

  it('keeps strings, addresses and comments together', () => {
    expect(scan('a { background: url(data:image/png;base64,AA==); /* } */ content: "}" }')).toEqual([
      '1 a {', '1 background: url(data:image/png;base64,AA==)', '1 comment', '1 content: "}"',
    ]);
  });

  it('reads a style attribute', () => {
    expect(scan('color:red;Margin : 0 auto', true)).toEqual(['1 color: red', '1 margin: 0 auto']);
  });

  // Square in its length this would take hours; the time allowed is for busy machines.
  it('is quick with much', { timeout: 60_000 }, () => {
    const started = Date.now();
    scan(`a { src: url(data:font/woff2;base64,${'A'.repeat(2_000_000)}) }${' '.repeat(500_000)}b{c:d}`);
    expect(Date.now() - started).toBeLessThan(30_000);
  });

  it.each(['{', '}', '}}a{b', '@', '@{', 'a{b:url(', '"', "a{b:'\nc:d}", '/*', '<!-- a{b:c} -->', '\\'])('takes %j as it comes', (css) => {
    expect(() => scan(css)).not.toThrow();
  });
});
