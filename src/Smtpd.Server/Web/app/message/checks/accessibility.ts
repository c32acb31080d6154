import { plural } from '../../ui/format';
import { contrast, readColour, type Colour } from './colour';
import { lineNumbers, type Finding } from './finding';
import { inlineStyle, isElement, textOf, type HtmlDocument, type HtmlElement } from './html';

const vague = /^(click( here)?|here|tap here|read more|more( info)?|learn more|details|link|this( link)?|go|continue|see more)[\s.!…»→>]*$/i;

/** What keeps people out who do not see, or not well. Only what can be told from the source. */
export function accessibilityFindings(document: HtmlDocument): Finding[] {
  const look = walk(document);
  const seen = document.elements.filter((element) => !look.get(element)!.isHidden);
  const named = (name: string) => seen.filter((element) => element.name === name);
  const found = (elements: HtmlElement[], finding: Omit<Finding, 'lines' | 'examples'>, describe?: (element: HtmlElement) => string): Finding[] => {
    if (elements.length === 0) return [];
    const examples = describe ? { examples: [...new Set(elements.map(describe).filter(Boolean))] } : {};
    return [{ ...finding, lines: lineNumbers(elements.map((each) => each.line)), ...examples }];
  };

  const root = document.elements.find((element) => element.name === 'html');
  const title = document.elements.find((element) => element.name === 'title' && element.parent?.name !== 'svg');
  const zoom = document.elements.filter((element) => element.name === 'meta' && /user-scalable\s*=\s*(no|0)|maximum-scale\s*=\s*1(\.0)?\b/i.test(element.attributes['content'] ?? ''));
  const pictures = named('img');
  const links = named('a').filter((element) => 'href' in element.attributes);
  const headings = seen.filter((element) => /^h[1-6]$/.test(element.name));
  const level = (heading: HtmlElement) => Number(heading.name[1]);

  const findings: Finding[] = [
    ...(root && (root.attributes['lang'] ?? root.attributes['xml:lang'] ?? '').trim() ? [] : [{
      id: 'lang-missing', severity: 'warn' as const, title: 'The language is not stated', explanation: 'Screen readers then speak it with the voice of another language.',
      advice: 'Write <html lang="en">.', ...(root && { lines: [root.line] }),
    }]),
    ...(title && title.children.some((child) => !isElement(child) && child.text.trim()) ? [] : [{
      id: 'title-missing', severity: 'info' as const, title: 'There is no title', explanation: 'Screen readers say it when the mail is opened in a tab of its own.', advice: 'Write <title> in <head>.',
    }]),
    ...found(zoom, { id: 'zoom-off', severity: 'warn', title: 'Zooming is switched off', explanation: 'People who need it larger cannot have it.', advice: 'Take user-scalable and maximum-scale away.' }),
    ...found(pictures.filter((picture) => !('alt' in picture.attributes)), {
      id: 'alt-missing', severity: 'bad', title: 'Pictures without alt', explanation: 'Screen readers read the file’s name instead, and so do clients that load no pictures.',
      advice: 'Say what it shows; for mere decoration write alt="".',
    }, (picture) => short(picture.attributes['src'] ?? '')),
    ...found(pictures.filter((picture) => /\.(png|jpe?g|gif|webp|svg)$/i.test(picture.attributes['alt'] ?? '')), {
      id: 'alt-name', severity: 'warn', title: 'The alt of a picture is a file’s name', explanation: 'It says nothing to those who do not see it.', advice: 'Say what it shows.',
    }, (picture) => picture.attributes['alt']!),
    ...found(links.filter((link) => textOf(link) === '' && !label(link)), {
      id: 'link-empty', severity: 'bad', title: 'Links without a text', explanation: 'Nobody hears where they lead. With a picture in it, its alt is the text.', advice: 'Give the link a text, or its picture an alt.',
    }, (link) => short(link.attributes['href']!)),
    ...found(links.filter((link) => vague.test(label(link) || textOf(link))), {
      id: 'link-vague', severity: 'warn', title: 'Link texts that say nothing', explanation: 'Screen readers list links by their texts alone.', advice: 'Say where it leads: “See your order”.',
    }, (link) => label(link) || textOf(link)),
    ...found(named('table').filter(isLayout), {
      id: 'table-role', severity: 'warn', title: 'Tables for layout without role="presentation"', explanation: 'Screen readers count their rows and columns aloud.', advice: 'Add role="presentation" to each.',
    }),
    ...found(headings.filter((heading, i) => i > 0 && level(heading) > level(headings[i - 1]!) + 1), {
      id: 'heading-order', severity: 'warn', title: 'Headings skip a level', explanation: 'Who moves from heading to heading takes something for missing.', advice: 'Let h2 follow h1, h3 follow h2.',
    }, (heading) => `${heading.name}: ${short(textOf(heading))}`),
    ...found(headings.filter((heading) => textOf(heading) === ''), { id: 'heading-empty', severity: 'warn', title: 'Headings without a text', explanation: 'They are announced, and then nothing comes.', advice: 'Take them away.' }),
    ...contrastFindings(seen, look),
    ...smallFindings(seen, look),
  ];
  if (!findings.some((finding) => finding.severity === 'bad' || finding.severity === 'warn'))
    findings.push({ id: 'accessibility-good', severity: 'good', title: 'Nothing was found that keeps people out', explanation: 'Only what the source tells was looked at; try it with a screen reader too.' });
  return findings;
}

const label = (element: HtmlElement): string => (element.attributes['aria-label'] ?? element.attributes['title'] ?? '').trim();
const short = (text: string): string => (text.length > 80 ? text.slice(0, 79) + '…' : text);

function isLayout(table: HtmlElement): boolean {
  if (/^(presentation|none|table|grid)$/i.test(table.attributes['role'] ?? '')) return false;
  const waiting = table.children.filter(isElement);
  while (waiting.length > 0) {
    const element = waiting.pop()!;
    if (element.name === 'th' || element.name === 'caption') return false;
    // Cells of a table inside are that table's.
    if (element.name !== 'table') waiting.push(...element.children.filter(isElement));
  }
  return true;
}

/** What inline styles and old attributes say; `undefined` is unknown. */
interface Look {
  colour: Colour | undefined;
  background: Colour | undefined;
  size: number | undefined;
  isBold: boolean;
  isHidden: boolean;
}

function walk(document: HtmlDocument): Map<HtmlElement, Look> {
  const looks = new Map<HtmlElement, Look>();
  looks.set(document.root, { colour: undefined, background: undefined, size: undefined, isBold: false, isHidden: false });
  for (const element of document.elements) looks.set(element, lookOf(element, looks.get(element.parent ?? document.root)!));
  return looks;
}

function lookOf(element: HtmlElement, outer: Look): Look {
  const style = inlineStyle(element);
  const given = element.attributes;
  const weight = style.get('font-weight');
  return {
    // A link has a colour of its own, which the client chooses.
    colour: stated(style.get('color') ?? (element.name === 'font' ? given['color'] : undefined), element.name === 'a' ? undefined : outer.colour),
    background: background(style, given, outer.background),
    size: sizeOf(style.get('font-size') ?? /(?:^|\s)([\d.]+(?:px|pt|em|rem|%))/.exec(style.get('font') ?? '')?.[1], outer.size),
    isBold: weight ? weight === 'bold' || Number(weight) >= 700 : outer.isBold || /^(b|strong|h[1-6]|th)$/.test(element.name),
    isHidden: outer.isHidden || isHidden(style, given),
  };
}

const stated = (value: string | undefined, outer: Colour | undefined): Colour | undefined => (value === undefined || value === 'inherit' ? outer : readColour(value));

function background(style: Map<string, string>, given: Record<string, string>, outer: Colour | undefined): Colour | undefined {
  if (style.has('background-image') && style.get('background-image') !== 'none') return undefined;
  if ('background' in given) return undefined;
  const value = style.get('background-color') ?? style.get('background') ?? given['bgcolor'];
  return value === undefined || /^(transparent|none|inherit)$/.test(value) ? outer : readColour(value);
}

function sizeOf(value: string | undefined, outer: number | undefined): number | undefined {
  const [, number, unit] = /^([\d.]+)(px|pt|em|rem|%)?$/.exec(value ?? '') ?? [];
  if (number === undefined) return value === undefined ? outer : undefined;
  const count = Number(number);
  if (unit === 'px') return count;
  if (unit === 'pt') return (count * 4) / 3;
  if (unit === 'rem') return count * 16;
  if (unit === 'em' || unit === '%') return outer === undefined ? undefined : outer * (unit === 'em' ? count : count / 100);
  return count === 0 ? 0 : undefined;
}

// The line that lists show beside the subject is hidden in many ways; a size of 0 or 1 pixel is one of them.
function isHidden(style: Map<string, string>, given: Record<string, string>): boolean {
  const size = sizeOf(style.get('font-size'), undefined);
  return (
    style.get('display') === 'none' || style.get('visibility') === 'hidden' || style.get('mso-hide') === 'all' || style.get('opacity') === '0' ||
    /^0(px)?$/.test(style.get('max-height') ?? '') || (size !== undefined && size <= 1) || 'hidden' in given || given['aria-hidden'] === 'true'
  );
}

const hasOwnText = (element: HtmlElement): boolean =>
  !/^(style|script|title|head|html)$/.test(element.name) && element.children.some((child) => !isElement(child) && /[\p{L}\p{N}]/u.test(child.text));

function contrastFindings(elements: HtmlElement[], looks: Map<HtmlElement, Look>): Finding[] {
  const poor = elements.flatMap((element) => {
    const { colour, background, size, isBold } = looks.get(element)!;
    if (!colour || !background || !hasOwnText(element)) return [];
    const isLarge = size !== undefined && (size >= 24 || (isBold && size >= 18.66));
    const ratio = contrast(colour, background);
    return ratio < (isLarge ? 3 : 4.5) ? [{ element, ratio }] : [];
  });
  if (poor.length === 0) return [];
  const worst = Math.min(...poor.map((each) => each.ratio));
  return [{
    id: 'contrast-low', severity: worst < 2 ? 'bad' : 'warn', title: `Text that is hard to see, down to ${worst.toFixed(1)} : 1`,
    explanation: 'WCAG asks for 4.5 : 1 between text and background, 3 : 1 for large text. Only colours in style attributes were compared.', advice: 'Make the text darker or the background lighter.',
    lines: lineNumbers(poor.map((each) => each.element.line)), examples: [...new Set(poor.map(({ element, ratio }) => `${ratio.toFixed(1)} : 1  ${short(textOf(element))}`))],
  }];
}

function smallFindings(elements: HtmlElement[], looks: Map<HtmlElement, Look>): Finding[] {
  const small = elements.filter((element) => hasOwnText(element) && (looks.get(element)!.size ?? 16) < 12);
  if (small.length === 0) return [];
  const least = Math.min(...small.map((element) => looks.get(element)!.size!));
  return [{
    id: 'font-small', severity: 'warn', title: `Text of ${Math.round(least * 10) / 10} pixels in ${plural(small.length, 'place')}`, explanation: 'Below 12 pixels many cannot read it, and iOS may enlarge it and break the layout.', advice: 'Use 14 pixels or more.',
    lines: lineNumbers(small.map((element) => element.line)), examples: [...new Set(small.map((element) => short(textOf(element))))],
  }];
}
