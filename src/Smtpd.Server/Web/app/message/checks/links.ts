import { plural } from '../../ui/format';
import type { Link } from '../../api/types';
import { lineNumbers, type Finding } from './finding';
import { textOf, type HtmlDocument } from './html';

const shorteners = new Set(('bit.ly buff.ly cutt.ly goo.gl is.gd lnkd.in ow.ly rb.gy rebrand.ly short.io shorturl.at t.co t.ly tiny.cc tinyurl.com v.gd').split(' '));
const tracking = /^(utm_[a-z]+|gclid|dclid|fbclid|msclkid|mc_cid|mc_eid|mkt_tok|_hsenc|_hsmi|igshid|vero_id|oly_anon_id|oly_enc_id|ttclid|yclid|wickedid)$/i;

interface Place {
  url: string;
  text: string;
  lines: number[];
  isLink: boolean;
}

/** What is wrong with the addresses that a mail names. Nothing is asked of any of them. */
export function linkFindings(links: Link[], document: HtmlDocument | undefined): Finding[] {
  const places = placesOf(links, document);
  const web = places.filter((place) => parsed(place.url)?.protocol.startsWith('http'));
  const found = (chosen: Place[], finding: Omit<Finding, 'lines' | 'examples'>, describe: (place: Place) => string = (place) => place.url): Finding[] =>
    chosen.length === 0 ? [] : [{ ...finding, lines: lineNumbers(chosen.flatMap((place) => place.lines)), examples: [...new Set(chosen.map(describe))] }];

  const isLocal = (place: Place) => isPrivateHost(parsed(place.url)!.hostname);
  const empty = (document?.elements ?? []).filter((each) => each.name === 'a' && 'href' in each.attributes && /^\s*(#|javascript:.*)?\s*$/i.test(each.attributes['href']!));
  const findings = [
    ...found(web.filter(isLocal), {
      id: 'links-local', severity: 'bad', title: 'Links lead to a private host',
      explanation: 'Only your own network can open them. Often the address of a test system was left in.', advice: 'Use the public address.',
    }),
    ...(empty.length === 0 ? [] : [{
      id: 'links-empty', severity: 'bad' as const, title: `${plural(empty.length, 'link leads', 'links lead')} nowhere`,
      explanation: 'A click does nothing. Often a variable of the template was empty.', advice: 'Fill in the address, or take the link away.',
      lines: lineNumbers(empty.map((each) => each.line)), examples: [...new Set(empty.map((each) => textOf(each)).filter(Boolean))],
    }]),
    ...found(places.filter((place) => place.isLink && isUnreadable(place.url)), {
      id: 'links-invalid', severity: 'bad', title: 'Addresses cannot be read',
      explanation: 'They are no whole addresses, or a placeholder of the template is still in them.', advice: 'Write them in whole, with https://.',
    }),
    ...found(web.filter((place) => place.isLink && pretends(place)), {
      id: 'links-pretend', severity: 'bad', title: 'The text names another host than the link goes to',
      explanation: 'That is how phishing looks. Filters and readers distrust it.', advice: 'Let text and address agree, or write words instead of an address.',
    }, (place) => `${place.text} → ${place.url}`),
    ...found(places.filter((place) => place.url.toLowerCase().startsWith('mailto:') && !isMailto(place.url)), {
      id: 'links-mailto', severity: 'bad', title: 'A mailto link has no right address', explanation: 'A click writes to nobody.', advice: 'Write mailto:name@example.com.',
    }),
    ...found(web.filter((place) => place.isLink && place.url.startsWith('http:') && !isLocal(place)), {
      id: 'links-http', severity: 'warn', title: 'Links use http', explanation: 'Whoever is on the way can read and change what comes back. Browsers warn.', advice: 'Use https.',
    }),
    ...found(web.filter((place) => !place.isLink && place.url.startsWith('http:') && !isLocal(place)), {
      id: 'images-http', severity: 'warn', title: 'Pictures are loaded over http', explanation: 'Clients on the web do not show them, or warn.', advice: 'Use https.',
    }),
    ...found(web.filter((place) => shorteners.has(parsed(place.url)!.hostname.replace(/^www\./, ''))), {
      id: 'links-short', severity: 'info', title: 'Short links hide where they lead', explanation: 'Filters are wary of them, as spam uses them much.', advice: 'Link to the place itself.',
    }),
    ...found(web.filter((place) => [...parsed(place.url)!.searchParams.keys()].some((name) => tracking.test(name))), {
      id: 'links-tracking', severity: 'info', title: 'Links have parameters that track', explanation: 'Some clients take them away, so do not count on them.',
    }),
    ...repeated(web),
  ];
  if (places.length > 0 && !findings.some((finding) => finding.severity === 'bad' || finding.severity === 'warn'))
    findings.unshift({ id: 'links-good', severity: 'good', title: `${plural(places.length, 'address', 'addresses')}, all well-formed`, explanation: 'They were looked at, not opened.' });
  return findings;
}

function repeated(places: Place[]): Finding[] {
  const most = new Map<string, number[]>();
  for (const place of places) if (place.isLink && place.lines.length > 1) most.set(place.url, place.lines);
  if (most.size === 0) return [];
  const examples = [...most].sort((a, b) => b[1].length - a[1].length).map(([url, lines]) => `${lines.length} × ${url}`);
  return [{ id: 'links-repeated', severity: 'info', title: `${plural(most.size, 'address is', 'addresses are')} linked more than once`, explanation: 'Fine for a picture and its caption; else look whether they were meant to differ.', lines: lineNumbers([...most.values()].flat()), examples }];
}

function placesOf(links: Link[], document: HtmlDocument | undefined): Place[] {
  const lines = new Map<string, number[]>();
  for (const element of document?.elements ?? []) {
    for (const name of ['href', 'src']) {
      const url = element.attributes[name]?.trim();
      if (!url) continue;
      const known = lines.get(url);
      if (known) known.push(element.line);
      else lines.set(url, [element.line]);
    }
  }
  return links
    .filter((link) => link.kind !== 'unsubscribe' && link.place !== 'header')
    .map((link) => ({ url: link.url, text: link.text, lines: link.place === 'html' ? (lines.get(link.url) ?? []) : [], isLink: link.kind !== 'image' }));
}

const parsed = (url: string): URL | null => (URL.canParse(url) ? new URL(url) : null);

function isUnreadable(url: string): boolean {
  if (/\{\{|\}\}|\{%|<%|%%\w+%%|\[\[|\*\|/.test(decoded(url))) return true;
  return !/^(#|cid:|mailto:)/i.test(url) && parsed(url) === null;
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

/** RFC 6068: addresses, or `to` among the parameters. */
function isMailto(url: string): boolean {
  const [path = '', query = ''] = url.slice('mailto:'.length).split('?');
  const to = [...path.split(','), ...new URLSearchParams(query).getAll('to')].map((each) => decoded(each).trim()).filter(Boolean);
  return to.length > 0 ? to.every((each) => /^[^\s@]+@[^\s@]*[^\s@.]$/.test(each)) : query !== '';
}

/** Names and addresses that nobody outside can reach (RFC 1918, 4193, 6761, 6762, 8375). */
export function isPrivateHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (/^(10|127|0)\.|^192\.168\.|^169\.254\.|^172\.(1[6-9]|2\d|3[01])\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(name) && /^[\d.]+$/.test(name)) return true;
  if (name.includes(':')) return name === '::1' || name === '::' || /^(f[cd]|fe[89ab])/.test(name);
  return !name.includes('.') || /\.(localhost|local|internal|intranet|lan|home|corp|test|invalid|home\.arpa)$/.test(name);
}

/** The text looks like an address, and of another site. */
function pretends(place: Place): boolean {
  const text = place.text.trim();
  const named = /^(?:https?:\/\/)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?::\d+)?(?:[/?#]\S*)?$/i.exec(text)?.[1]?.toLowerCase();
  if (named === undefined) return false;
  const host = parsed(place.url)!.hostname.toLowerCase();
  const site = (name: string) => name.replace(/^www\./, '');
  return site(named) !== site(host) && !site(host).endsWith('.' + site(named));
}
