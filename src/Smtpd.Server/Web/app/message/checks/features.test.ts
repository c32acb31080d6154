import { describe, expect, it } from 'vitest';
import data from 'caniemail/caniemail.json';
import { detect, linesOf } from './features';
import { readHtml } from './html';

const slugs = (html: string) => [...detect(readHtml(html)).keys()].sort();

describe('detect', () => {
  it.each([
    ['<!DOCTYPE html><p>', ['html-doctype', 'html-p']],
    ['<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x"><p>', ['html-p']],
    ['<input><button type=submit>', ['html-button-submit', 'html-input-text']],
    ['<a href="#x">', ['html-anchor-links']],
    ['<a href="#">', []],
    ['<a href="mailto:a@b.example" target=_blank>', ['html-mailto-links', 'html-target']],
    ['<img src="a.WEBP?x=1" srcset="b.avif 2x, c.png 3x" alt="">', ['html-img', 'html-srcset', 'image-avif', 'image-png', 'image-webp']],
    ['<img src="data:image/svg+xml;base64,AA==">', ['html-img', 'image-base64', 'image-svg']],
    ['<meta name="color-scheme" content="light dark">', ['html-meta-color-scheme']],
    ['<p style="display:inline-flex">', ['css-display-flex', 'html-p']],
    ['<p style="display:block">', ['css-display', 'html-p']],
    ['<p style="margin-top:-1.5em">', ['css-margin', 'css-unit-em', 'html-p']],
    ['<p style="margin-inline-start:calc(10% - 2vw)">', ['css-margin-inline-start-end', 'css-unit-calc', 'css-unit-percent', 'css-unit-vw', 'html-p']],
    ['<p style="font-family:system-ui;color:#0e1px">', ['css-sytem-ui', 'html-p']],
    ['<p style="-webkit-transform:none!important">', ['css-important', 'css-transform', 'html-p']],
    ['<p style="--a:1;color:var(--a)">', ['css-variables', 'html-p']],
    ['<p style="background:url(x.png) no-repeat,linear-gradient(#fff,#000)">', ['css-background', 'css-linear-gradient', 'html-p', 'image-png']],
    ['<style>@media (prefers-color-scheme: dark) { a > b.c.d[e="f > g"]:hover::after, #i * { } }</style>', [
      'css-at-media', 'css-at-media-prefers-color-scheme', 'css-pseudo-class-hover', 'css-pseudo-element-after', 'css-selector-attribute', 'css-selector-chaining',
      'css-selector-child', 'css-selector-class', 'css-selector-descendant', 'css-selector-grouping', 'css-selector-id', 'css-selector-type', 'css-selector-universal', 'html-style',
    ]],
    ['<style>@font-face{font-family:x;src:url(x.woff)}</style>', ['css-at-font-face', 'html-style']],
  ])('%s', (html, expected) => {
    expect(slugs(html)).toEqual(expected);
  });

  it('is quick with what is hostile', { timeout: 60_000 }, () => {
    const started = Date.now();
    for (const [piece, after] of [['url(', ''], ['[', ''], ['"', ''], ['a:b(', '{}'], ['/*', '{}']]) detect(readHtml(`<style>a{b:${piece!.repeat(200_000)}}\n${piece!.repeat(200_000)}${after}</style>`));
    expect(Date.now() - started).toBeLessThan(30_000);
  });

  it('names lines', () => {
    const features = detect(readHtml('<style>\n.a {\n display: grid }\n</style>\n<p style="display: grid">\n<p>\n'));
    expect(linesOf(features, 'css-display-grid')).toEqual([3, 5]);
    expect(linesOf(features, 'html-p')).toEqual([5, 6]);
  });

  it('knows the type of a picture that the mail brings along', () => {
    const features = detect(readHtml('<img src="cid:logo@x">'), (id) => (id === 'logo@x' ? 'image/webp' : undefined));
    expect(features.has('image-webp')).toBe(true);
  });

  it('names features as caniemail.com does', { timeout: 60_000 }, () => {
    const known = new Set(data.data.map((feature) => feature.slug));
    const all = new Set(data.data.flatMap((feature) => sample(feature.slug)));
    expect([...all].filter((slug) => !known.has(slug))).toEqual([]);
  });
});

// A mail that uses the element, attribute or property which a slug is named after, as far as one can tell from the name.
function sample(slug: string): string[] {
  const name = slug.replace(/^(html|css|image)-/, '');
  return slugs(`<${name}><p ${name}="x" style="${name}:x"><input type="${name.replace('input-', '')}"><img src="x.${name}"><style>a:${name.replace('pseudo-class-', '')}{}</style>`);
}
