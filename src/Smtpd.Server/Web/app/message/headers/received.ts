import { readDate } from './date';
import { tokens, type Token } from './lexer';

/** One Received field (RFC 5321 4.4). Everything may be missing: servers write it as they like. */
export interface Received {
  from: string | undefined;
  /** What stands beside it in brackets: the address and name that the server saw. */
  fromSeen: string | undefined;
  by: string | undefined;
  /** What the server says of itself, mostly its program. */
  byProgram: string | undefined;
  with: string | undefined;
  via: string | undefined;
  id: string | undefined;
  for: string | undefined;
  /** What is said about encryption. */
  tls: string | undefined;
  isAuthenticated: boolean;
  /** Comments that say nothing of the above. */
  remarks: string[];
  time: Date | undefined;
}

export interface Hop extends Received {
  /** Milliseconds since the stop before; less than 0 when the clocks disagree. */
  delay: number | undefined;
}

const clauses = new Set(['from', 'by', 'via', 'with', 'id', 'for']);

export function readReceived(field: string): Received {
  const all = tokens(field, ';');
  const last = all.map((token) => token.kind === 'separator').lastIndexOf(true);
  const said: Record<string, Token[]> = {};
  let clause = '';
  for (const token of last < 0 ? all : all.slice(0, last)) {
    const word = token.text.toLowerCase();
    // Each clause comes once; a host may be called "by" or "for" too.
    if (token.kind === 'word' && clauses.has(word) && !(word in said) && (said[clause]?.length !== 0 || clause === '')) {
      clause = word;
      said[clause] = [];
    } else {
      (said[clause] ??= []).push(token);
    }
  }

  const wordsOf = (name: string) => {
    const text = (said[name] ?? []).filter((token) => token.kind === 'word' || token.kind === 'quoted').map((token) => token.text).join(' ');
    return text === '' ? undefined : text.replace(/^<(.*)>$/, '$1');
  };
  const commentsOf = (name: string) => (said[name] ?? []).filter((token) => token.kind === 'comment').map((token) => token.text);
  const comments = Object.keys(said).flatMap(commentsOf);
  const isTls = (comment: string) => /\b(TLS|SSL|cipher)/i.test(comment) && !/envelope|no client cert/i.test(comment);
  const protocol = wordsOf('with')?.split(' ')[0];
  const [fromSeen] = commentsOf('from').filter((comment) => !isTls(comment));
  const [byProgram] = commentsOf('by').filter((comment) => !isTls(comment));
  // RFC 3848: ESMTPS, ESMTPSA, LMTPS, LMTPSA, UTF8SMTPS, UTF8SMTPSA.
  const letters = /^(?:UTF8)?(?:E?SMTP|LMTP|HTTP)(S?)(A?)$/i.exec(protocol ?? '');
  const tls = comments.filter(isTls).map(shortTls)[0] ?? (/\btls\s+(\S+)/i.exec(wordsOf('with') ?? '')?.[1]) ?? (letters?.[1] ? 'TLS' : undefined);
  return {
    from: wordsOf('from'),
    fromSeen,
    by: wordsOf('by'),
    byProgram,
    with: wordsOf('with')?.replace(/\s+tls\s+\S+$/i, ''),
    via: wordsOf('via'),
    id: wordsOf('id'),
    for: wordsOf('for'),
    tls,
    isAuthenticated: Boolean(letters?.[2]) || /authenticated sender/i.test(comments.join(' ')),
    remarks: comments.filter((comment) => !isTls(comment) && comment !== fromSeen && comment !== byProgram && !/^no client certificate/i.test(comment)),
    time: last < 0 ? undefined : readDate(all.slice(last + 1).filter((token) => token.kind === 'word').map((token) => token.text).join(' ')),
  };
}

function shortTls(comment: string): string {
  const version = /(?:TLS|SSL)\s?v?_?\d(?:[._]\d)?/i.exec(comment)?.[0] ?? 'TLS';
  const cipher = /cipher[=\s]+([\w-]+)/i.exec(comment)?.[1] ?? /\b(?:TLS|ECDHE|DHE|AES)[_-][\w-]+/.exec(comment)?.[0];
  return [version.replace(/^(TLS|SSL)[\sv_]*(\d)[._]?(\d?)/i, (_, name: string, major: string, minor: string) => `${name} ${major}${minor && '.' + minor}`), cipher].filter(Boolean).join(', ');
}

/** The stops in the order of time: the topmost field is the last. */
export function hopsOf(fields: string[]): Hop[] {
  const stops = fields.map(readReceived).reverse();
  let before: Date | undefined;
  return stops.map((stop) => {
    const delay = before && stop.time ? stop.time.getTime() - before.getTime() : undefined;
    before = stop.time ?? before;
    return { ...stop, delay };
  });
}
