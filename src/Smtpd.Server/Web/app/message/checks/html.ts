import { Parser } from 'htmlparser2';

export interface HtmlText {
  text: string;
  line: number;
}

export interface HtmlElement {
  name: string;
  attributes: Record<string, string>;
  line: number;
  parent: HtmlElement | undefined;
  children: (HtmlElement | HtmlText)[];
}

export interface HtmlDocument {
  root: HtmlElement;
  /** All of them, in the order of the source. */
  elements: HtmlElement[];
  /** Lines of comments; conditional ones of Outlook are comments too. */
  comments: number[];
  doctype: { text: string; line: number } | undefined;
}

export const isElement = (node: HtmlElement | HtmlText): node is HtmlElement => 'name' in node;

/** Reads HTML with the lines that things stand in. Never throws: mail is full of wrong HTML. */
export function readHtml(source: string): HtmlDocument {
  const lineAt = lineFinder(source);
  const root: HtmlElement = { name: '', attributes: {}, line: 1, parent: undefined, children: [] };
  const document: HtmlDocument = { root, elements: [], comments: [], doctype: undefined };
  let current = root;
  const parser = new Parser({
    onopentag(name, attributes) {
      const element: HtmlElement = { name, attributes, line: lineAt(parser.startIndex), parent: current, children: [] };
      current.children.push(element);
      document.elements.push(element);
      current = element;
    },
    onclosetag() {
      current = current.parent ?? root;
    },
    ontext(text) {
      const last = current.children.at(-1);
      // An entity comes as a text of its own.
      if (last && !isElement(last)) last.text += text;
      else current.children.push({ text, line: lineAt(parser.startIndex) });
    },
    oncomment() {
      document.comments.push(lineAt(parser.startIndex));
    },
    onprocessinginstruction(name, data) {
      if (name.toLowerCase() === '!doctype') document.doctype ??= { text: data, line: lineAt(parser.startIndex) };
    },
  });
  parser.end(source);
  return document;
}

function lineFinder(source: string): (index: number) => number {
  const starts = [0];
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  return (index) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= index) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}

const unread = new Set(['style', 'script', 'title', 'head', 'template']);

/** The text in an element as a person reads it; pictures give what stands for them. */
export function textOf(element: HtmlElement, withPictures = true): string {
  const pieces: string[] = [];
  const waiting: (HtmlElement | HtmlText)[] = [element];
  while (waiting.length > 0) {
    const node = waiting.pop()!;
    if (!isElement(node)) pieces.push(node.text);
    else if (node.name === 'img' && withPictures) pieces.push(` ${node.attributes['alt'] ?? ''} `);
    else if (!unread.has(node.name)) {
      if (blocks.has(node.name)) pieces.push(' ');
      for (let i = node.children.length - 1; i >= 0; i--) waiting.push(node.children[i]!);
    }
  }
  return pieces.join('').replace(/[\s\u00ad\u034f\u200b-\u200f\u2060\ufeff]+/g, ' ').trim();
}

const blocks = new Set('address blockquote br dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre table td th tr ul'.split(' '));

/** `style` of an element: the last of each property, in lower case. */
export function inlineStyle(element: HtmlElement): Map<string, string> {
  const style = new Map<string, string>();
  for (const declaration of (element.attributes['style'] ?? '').split(';')) {
    const colon = declaration.indexOf(':');
    if (colon > 0) {
      const value = declaration.slice(colon + 1).replace(/!important/i, '').trim().toLowerCase();
      style.set(declaration.slice(0, colon).trim().toLowerCase(), value);
    }
  }
  return style;
}
