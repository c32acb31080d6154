import { tokens } from './lexer';

export interface AuthenticationResult {
  method: string;
  result: string;
  reason: string | undefined;
  comments: string[];
  /** `header.d` and the like. */
  properties: { name: string; value: string }[];
}

/** An Authentication-Results field (RFC 8601), or the one of ARC (RFC 8617) with its `instance`. */
export interface AuthenticationResults {
  server: string;
  instance: number | undefined;
  results: AuthenticationResult[];
}

export function readAuthenticationResults(field: string): AuthenticationResults {
  const sections = sectionsOf(field);
  const instance = /^i$/i.test(sections[0]?.pairs[0]?.name ?? '') ? Number(sections.shift()!.pairs[0]!.value) : undefined;
  const server = sections[0]?.pairs.length === 0 ? (sections.shift()!.words[0] ?? '') : '';
  const results = sections.flatMap(({ pairs, comments }): AuthenticationResult[] => {
    const [first, ...rest] = pairs;
    if (!first) return [];
    const reason = rest.find((pair) => pair.name.toLowerCase() === 'reason')?.value;
    return [{ method: first.name.replace(/\/\d+$/, '').toLowerCase(), result: first.value.toLowerCase(), reason, comments, properties: rest.filter((pair) => pair.name.toLowerCase() !== 'reason') }];
  });
  return { server, instance: Number.isNaN(instance) ? undefined : instance, results };
}

interface Section {
  words: string[];
  pairs: { name: string; value: string }[];
  comments: string[];
}

function sectionsOf(field: string): Section[] {
  const sections: Section[] = [{ words: [], pairs: [], comments: [] }];
  let isValue = false;
  for (const token of tokens(field, ';=')) {
    const section = sections.at(-1)!;
    if (token.kind === 'comment') section.comments.push(token.text);
    else if (token.kind === 'separator' && token.text === ';') {
      sections.push({ words: [], pairs: [], comments: [] });
      isValue = false;
    } else if (token.kind === 'separator') {
      // A value may have `=` in it, at its end above all (`header.b=AbC=`).
      const pair = section.pairs.at(-1);
      const name = section.words.pop();
      if (name !== undefined) section.pairs.push({ name, value: '' });
      else if (pair) pair.value += '=';
      isValue = true;
    } else if (isValue) {
      section.pairs.at(-1) ? (section.pairs.at(-1)!.value += token.text) : section.words.push(token.text);
      isValue = false;
    } else section.words.push(token.text);
  }
  return sections.filter((section) => section.words.length + section.pairs.length > 0);
}

export type Verdict = 'good' | 'bad' | 'warn' | 'none';

const verdicts: Record<string, Verdict> = { pass: 'good', fail: 'bad', hardfail: 'bad', permerror: 'bad', policy: 'bad', softfail: 'warn', temperror: 'warn', neutral: 'none', none: 'none' };

export const verdictOf = (result: string): Verdict => verdicts[result] ?? 'none';

/** The tags of a DKIM-Signature or an ARC field (RFC 6376 3.2). */
export function readTags(field: string): { name: string; value: string }[] {
  return field.split(';').flatMap((tag) => {
    const equals = tag.indexOf('=');
    return equals < 0 ? [] : [{ name: tag.slice(0, equals).trim(), value: tag.slice(equals + 1).replace(/\s+/g, ' ').trim() }];
  });
}

const meanings: Record<string, string> = {
  a: 'Algorithm', b: 'Signature', bh: 'Hash of the body', c: 'How header and body are made alike', cv: 'State of the chain', d: 'Domain that signs', h: 'Signed header fields',
  i: 'Identity', l: 'Octets of the body that are signed', q: 'Where the key is found', s: 'Selector of the key', t: 'Signed at', v: 'Version', x: 'Expires', z: 'Copied header fields',
};

export const meaningOfTag = (name: string, isArc: boolean): string => (isArc && name === 'i' ? 'Instance' : (meanings[name] ?? ''));

/** A tag for people: points in time as such, signatures without the spaces of folding. */
export function shownTag(name: string, value: string): string {
  if ((name === 't' || name === 'x') && /^\d{1,12}$/.test(value)) return new Date(Number(value) * 1000).toISOString().replace('.000Z', 'Z');
  return name === 'b' || name === 'bh' ? value.replace(/\s/g, '') : value;
}

/** Where the key of a signature is published. */
export function keyName(tags: { name: string; value: string }[]): string | undefined {
  const [selector, domain] = ['s', 'd'].map((name) => tags.find((tag) => tag.name === name)?.value);
  return selector && domain ? `${selector}._domainkey.${domain}` : undefined;
}
