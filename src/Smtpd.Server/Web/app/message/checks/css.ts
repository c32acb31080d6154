/** Told what stands in a style sheet, with lines from `firstLine` on. */
export interface CssVisitor {
  atRule(name: string, condition: string, line: number): void;
  rule(selector: string, isNested: boolean, line: number): void;
  declaration(property: string, value: string, line: number): void;
  comment(line: number): void;
}

type Block = 'rules' | 'declarations' | 'frames';

/** Walks through a style sheet, or through the text of a `style` attribute when `isInline`. Takes wrong CSS as it comes. */
export function scanCss(css: string, firstLine: number, visitor: CssVisitor, isInline = false): void {
  const blocks: Block[] = [isInline ? 'declarations' : 'rules'];
  let line = firstLine;
  let [pending, pendingLine, depth] = ['', line, 0];
  // Asked of `pending` itself with each character, a font in a data: address would take minutes.
  let isBlank = true;
  const add = (text: string) => {
    if (isBlank && /\S/.test(text)) [isBlank, pendingLine] = [false, line];
    pending += text;
  };
  const take = (): string => {
    const text = pending.trim();
    [pending, isBlank] = ['', true];
    return text;
  };

  const finish = () => {
    const text = take();
    if (text === '') return;
    if (text.startsWith('@')) return atRule(text);
    const colon = text.indexOf(':');
    if (colon > 0 && blocks.at(-1) === 'declarations') visitor.declaration(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim(), pendingLine);
  };
  const atRule = (text: string): string => {
    const name = /^@([\w-]*)/.exec(text)![1]!.toLowerCase();
    visitor.atRule(name, text.slice(name.length + 1).trim(), pendingLine);
    return name;
  };
  const open = () => {
    const text = take();
    const outer = blocks.at(-1) ?? 'rules';
    if (text.startsWith('@')) {
      const name = atRule(text);
      blocks.push(/keyframes$/.test(name) ? 'frames' : /^(font-face|page|property|counter-style)$/.test(name) ? 'declarations' : outer);
    } else {
      if (outer !== 'frames' && text !== '') visitor.rule(text, outer === 'declarations', pendingLine);
      blocks.push('declarations');
    }
  };

  for (let at = 0; at < css.length; at++) {
    const character = css[at]!;
    if (character === '\n') line++;
    if (character === '/' && css[at + 1] === '*') {
      const end = css.indexOf('*/', at + 2);
      visitor.comment(line);
      const comment = css.slice(at, end < 0 ? css.length : end + 2);
      line += comment.split('\n').length - 1;
      at += comment.length - 1;
      continue;
    }
    if (character === '"' || character === "'") {
      let end = at + 1;
      while (end < css.length && css[end] !== character && css[end] !== '\n') end += css[end] === '\\' ? 2 : 1;
      add(css.slice(at, end + 1));
      if (css[end] === '\n') line++;
      at = end;
      continue;
    }
    if (character === '(') depth++;
    if (character === ')') depth = Math.max(0, depth - 1);
    // Braces end what was left open: a forgotten parenthesis must not swallow the rest.
    if (character === '{' && !isInline) {
      depth = 0;
      open();
    } else if (character === '}' && !isInline) {
      depth = 0;
      finish();
      if (blocks.length > 1) blocks.pop();
    } else if (character === ';' && depth === 0) {
      finish();
    } else {
      // `<!--` and `-->` around a sheet hide it from browsers that are long gone.
      if (pending === '' && (css.startsWith('<!--', at) || css.startsWith('-->', at))) {
        at += css[at] === '<' ? 3 : 2;
        continue;
      }
      add(character);
    }
  }
  finish();
}
