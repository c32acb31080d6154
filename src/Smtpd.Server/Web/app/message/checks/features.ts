import { scanCss, type CssVisitor } from './css';
import { lineNumbers } from './finding';
import { isElement, type HtmlDocument, type HtmlElement } from './html';

/** What a mail uses, by the slugs of caniemail.com, with the lines it is used in. */
export type Features = Map<string, Set<number>>;

const elements: Record<string, string> = {
  '!doctype': 'html-doctype',
  ul: 'html-lists', ol: 'html-lists', dl: 'html-lists',
  h1: 'html-h1-h6', h2: 'html-h1-h6', h3: 'html-h1-h6', h4: 'html-h1-h6', h5: 'html-h1-h6', h6: 'html-h1-h6',
  map: 'html-image-maps',
};
for (const name of ('abbr acronym address audio base bdi blockquote body code del dfn dialog div form hr img link marquee meter object p picture pre ' +
  'progress rp rt ruby select small span strike strong style svg table textarea video wbr').split(' '))
  elements[name] = `html-${name}`;
for (const name of 'article aside details figcaption figure footer header main mark nav section summary time'.split(' ')) elements[name] = 'html-semantics';

const attributes: Record<string, string> = { srcset: 'html-srcset', sizes: 'html-srcset', loading: 'html-loading-attribute', inert: 'css-inert-attribute' };
for (const name of ('align aria-describedby aria-hidden aria-label aria-labelledby aria-live background cellpadding cellspacing dir height hidden lang ' +
  'popover required role target valign width').split(' '))
  attributes[name] = `html-${name}`;

const inputs = new Set(['checkbox', 'hidden', 'radio', 'reset', 'submit', 'text']);

const properties: Record<string, string> = {
  'block-size': 'css-block-inline-size', 'inline-size': 'css-inline-size',
  'border-inline': 'css-border-inline-block', 'border-block': 'css-border-inline-block',
  gap: 'css-gap', 'row-gap': 'css-gap', 'column-gap': 'css-gap',
  left: 'css-left-right-top-bottom', right: 'css-left-right-top-bottom', top: 'css-left-right-top-bottom', bottom: 'css-left-right-top-bottom',
  'overflow-x': 'css-overflow', 'overflow-y': 'css-overflow',
  'margin-block': 'css-margin-inline-block', 'margin-inline': 'css-margin-inline-block',
  'padding-block': 'css-padding-inline-block', 'padding-inline': 'css-padding-inline-block',
  'column-count': 'css-column-count',
};
for (const name of ('accent-color align-items animation aspect-ratio backdrop-filter background-blend-mode background-clip background-color background-image ' +
  'background-origin background-position background-repeat background-size background border-collapse border-image border-radius border-spacing border box-shadow ' +
  'box-sizing caption-side clear clip-path color-scheme cursor direction empty-cells filter float font-kerning font-size-adjust font-size font-stretch ' +
  'font-weight font height hyphenate-character hyphenate-limit-chars hyphens inset justify-content letter-spacing line-height list-style-image ' +
  'list-style-position list-style-type list-style margin mask-image max-block-size max-height max-inline-size max-width min-block-size min-height ' +
  'min-inline-size min-width mix-blend-mode object-fit object-position opacity orphans outline-offset outline overflow-wrap padding position resize ' +
  'scroll-snap shape-margin shape-outside tab-size table-layout text-align-last text-align text-decoration-color text-decoration-line ' +
  'text-decoration-skip-ink text-decoration-style text-decoration-thickness text-decoration text-emphasis-position text-emphasis text-indent text-justify ' +
  'text-orientation text-overflow text-shadow text-transform text-underline-offset text-underline-position text-wrap transform transition user-select ' +
  'vertical-align visibility white-space-collapse white-space widows width word-break word-spacing word-wrap writing-mode z-index').split(' '))
  properties[name] = `css-${name}`;

const families: [pattern: RegExp, slug: string][] = [
  [/^border-(start|end)-(start|end)-radius$/, 'css-border-radius-logical'],
  [/^border-(top|bottom)-(left|right)-radius$/, 'css-border-radius'],
  [/^border-(top|right|bottom|left)(-(width|style|color))?$|^border-(width|style|color)$/, 'css-border'],
  [/^border-(block|inline)-(start|end)/, 'css-border-inline-block-individual'],
  [/^border-(block|inline)-(color|style|width)$/, 'css-border-inline-block-longhand'],
  [/^(margin|padding)-(top|right|bottom|left)$/, 'css-$1'],
  [/^(margin|padding)-(block|inline)-(start|end)$/, 'css-$1-$2-start-end'],
  [/^columns$|^column-(fill|rule|span|width)/, 'css-column-layout-properties'],
  [/^grid-template/, 'css-grid-template'],
  [/^(animation|transition|scroll-snap)-/, 'css-$1'],
  [/^outline-(color|style|width)$/, 'css-outline'],
];

const functions: Record<string, string> = {
  calc: 'css-unit-calc', clamp: 'css-function-clamp', max: 'css-function-max', min: 'css-function-min', 'light-dark': 'css-function-light-dark',
  rgb: 'css-rgb', rgba: 'css-rgba', 'linear-gradient': 'css-linear-gradient', 'radial-gradient': 'css-radial-gradient', 'conic-gradient': 'css-conic-gradient',
  lch: 'css-modern-color', oklch: 'css-modern-color', lab: 'css-modern-color', oklab: 'css-modern-color', var: 'css-variables',
};

const images: Record<string, string> = {
  apng: 'apng', avif: 'avif', bmp: 'bmp', gif: 'gif', heic: 'heif', heif: 'heif', ico: 'ico', 'vnd.microsoft.icon': 'ico', 'x-icon': 'ico', jpeg: 'jpg', jpg: 'jpg',
  png: 'png', svg: 'svg', 'svg+xml': 'svg', tif: 'tiff', tiff: 'tiff', webp: 'webp', mp4: 'mp4',
};

const pseudoClasses = new Set(('active checked default first-child first-of-type focus-visible focus-within focus has hover lang last-child last-of-type link not nth-child ' +
  'nth-last-child nth-last-of-type nth-of-type only-child only-of-type target visited').split(' '));
const pseudoElements = new Set(['after', 'before', 'first-letter', 'first-line', 'marker', 'placeholder']);

/** Finds what a mail uses. `typeOf` tells the type of a picture that the mail brings along (`cid:`). */
export function detect(document: HtmlDocument, typeOf: (contentId: string) => string | undefined = () => undefined): Features {
  const found: Features = new Map();
  const add = (slug: string | undefined, line: number) => {
    if (slug === undefined) return;
    const lines = found.get(slug);
    if (lines) lines.add(line);
    else found.set(slug, new Set([line]));
  };
  const visitor = cssVisitor(add, typeOf);

  if (document.doctype && /^!doctype\s+html\s*$/i.test(document.doctype.text)) add('html-doctype', document.doctype.line);
  for (const line of document.comments) add('html-comments', line);
  for (const element of document.elements) {
    detectElement(element, add, typeOf);
    if (element.attributes['style']) scanCss(element.attributes['style'], element.line, visitor, true);
    if (element.name !== 'style') continue;
    for (const child of element.children) if (!isElement(child)) scanCss(child.text, child.line, visitor);
  }
  return found;
}

// What is longer is data or hostile: patterns are not let loose on it.
const longest = 4_000;

type Add = (slug: string | undefined, line: number) => void;

function detectElement({ name, attributes: given, line }: HtmlElement, add: Add, typeOf: (contentId: string) => string | undefined): void {
  if (Object.hasOwn(elements, name)) add(elements[name], line);
  for (const attribute of Object.keys(given)) if (Object.hasOwn(attributes, attribute)) add(attributes[attribute], line);
  const type = (given['type'] ?? '').toLowerCase();
  if (name === 'input' && inputs.has(type || 'text')) add(`html-input-${type || 'text'}`, line);
  if (name === 'button' && (type === 'reset' || type === 'submit')) add(`html-button-${type}`, line);
  if (name === 'a' && /^\s*#./.test(given['href'] ?? '')) add('html-anchor-links', line);
  if (name === 'a' && /^\s*mailto:/i.test(given['href'] ?? '')) add('html-mailto-links', line);
  if (name === 'meta' && /^(supported-)?color-schemes?$/i.test(given['name'] ?? '')) add('html-meta-color-scheme', line);
  if (name === 'html' && ('⚡4email' in given || 'amp4email' in given)) add('amp', line);
  const pictures = name === 'img' || name === 'source' ? [given['src'], ...(given['srcset'] ?? '').split(/,\s+/).map((each) => each.trim().split(/\s/)[0])] : [];
  for (const url of [...pictures, given['background']]) if (url) addImage(url, add, line, typeOf);
}

function addImage(url: string, add: Add, line: number, typeOf: (contentId: string) => string | undefined): void {
  const data = /^\s*data:image\/([\w.+-]+)[^,]*?(;base64)?,/i.exec(url);
  if (data?.[2]) add('image-base64', line);
  const brought = /^\s*cid:(.+)$/i.exec(url);
  const type = data?.[1] ?? (brought ? typeOf(brought[1]!.trim())?.replace(/^image\//, '') : /\.(\w+)$/.exec(url.split(/[?#]/)[0]!)?.[1]);
  const format = type?.toLowerCase();
  if (format !== undefined && Object.hasOwn(images, format)) add(`image-${images[format]}`, line);
}

function cssVisitor(add: Add, typeOf: (contentId: string) => string | undefined): CssVisitor {
  return {
    comment: (line) => add('css-comments', line),
    atRule(name, condition, line) {
      if (/^(-\w+-)?keyframes$/.test(name)) add('css-at-keyframes', line);
      else if (name === 'font-face' || name === 'import' || name === 'supports' || name === 'media') add(`css-at-${name}`, line);
      if (name !== 'media') return;
      if (/device-pixel-ratio/i.test(condition)) add('css-at-media-device-pixel-ratio', line);
      if (/\((any-)?hover\b/i.test(condition)) add('css-at-media-hover', line);
      for (const feature of ['orientation', 'prefers-color-scheme', 'prefers-reduced-motion']) if (condition.toLowerCase().includes(feature)) add(`css-at-media-${feature}`, line);
    },
    rule(selector, isNested, line) {
      if (isNested) add('css-nesting', line);
      detectSelector(selector.slice(0, longest), (slug) => add(slug, line));
    },
    declaration(property, value, line) {
      detectProperty(property, value.slice(0, longest).toLowerCase(), (slug) => add(slug, line));
      for (const [, quoted, single, bare] of value.matchAll(/url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"']*))/gi)) addImage((quoted ?? single ?? bare ?? '').trim(), add, line, typeOf);
    },
  };
}

function detectSelector(selector: string, add: (slug: string) => void): void {
  // What stands in brackets and quotes is taken out first: a `>` there is no combinator.
  const bare = selector.replace(/\/\*.*?\*\//gs, '').replace(/\[[^\]]*\]/g, () => (add('css-selector-attribute'), '[]'));
  for (const [, colons, name] of bare.matchAll(/(::?)([\w-]+)/g)) {
    const pseudo = name!.toLowerCase();
    if (pseudoElements.has(pseudo)) add(`css-pseudo-element-${pseudo}`);
    else if (colons === ':' && pseudoClasses.has(pseudo)) add(`css-pseudo-class-${pseudo}`);
  }
  const plain = bare.replace(/::?[\w-]+(\([^)]*\))?/g, ':');
  const selectors = plain.split(',').map((each) => each.trim());
  if (selectors.length > 1) add('css-selector-grouping');
  for (const each of selectors) {
    if (each.includes('>')) add('css-selector-child');
    if (each.includes('+')) add('css-selector-adjacent-sibling');
    if (each.includes('~')) add('css-selector-general-sibling');
    if (/[^\s>+~]\s+[^\s>+~]/.test(each)) add('css-selector-descendant');
    if (/\.[\w-]/.test(each)) add('css-selector-class');
    if (/\.[\w-]+\.[\w-]/.test(each)) add('css-selector-chaining');
    if (/#[\w-]/.test(each)) add('css-selector-id');
    if (/(^|[\s>+~])[a-z]/i.test(each)) add('css-selector-type');
    if (each.includes('*')) add('css-selector-universal');
  }
}

function detectProperty(property: string, value: string, add: (slug: string) => void): void {
  if (property.startsWith('--')) add('css-variables');
  const name = property.replace(/^-(webkit|moz|ms|o)-/, '');
  if (Object.hasOwn(properties, name)) add(properties[name]!);
  for (const [pattern, slug] of families) if (pattern.test(name)) add(name.replace(pattern, slug));

  const bare = value.replace(/!\s*important/, '').trim();
  if (bare !== value.trim()) add('css-important');
  if (name === 'display') {
    const kind = /\b(flex|grid|none)$/.exec(bare)?.[1];
    add(kind ? `css-display-${kind}` : 'css-display');
  }
  if (name === 'flex-direction' && bare.startsWith('column')) add('css-flex-direction');
  if (name === 'flex-wrap' && bare.startsWith('wrap')) add('css-flex-wrap');
  if (/\b(fit|min|max)-content\b/.test(bare)) add('css-intrinsic-size');
  if (/\b(system-ui|ui-(serif|sans-serif|rounded|monospace))\b/.test(bare) && name.startsWith('font')) add('css-sytem-ui');
  if (bare === 'initial') add('css-unit-initial');

  const measured = bare.replace(/url\([^)]*\)|"[^"]*"|'[^']*'|#[\da-f]+/g, ' ');
  for (const [, called] of measured.matchAll(/([a-z-]+)\(/g)) if (Object.hasOwn(functions, called!)) add(functions[called!]!);
  for (const [, unit] of measured.matchAll(/(?:^|[\s,(/*+-])[\d.]+(ch|cm|em|ex|in|mm|pc|pt|px|rem|vh|vmax|vmin|vw|%)(?![\w%])/g)) add(unit === '%' ? 'css-unit-percent' : `css-unit-${unit}`);
}

/** All lines that use a feature, in order. */
export const linesOf = (features: Features, slug: string): number[] => lineNumbers(features.get(slug) ?? []);
