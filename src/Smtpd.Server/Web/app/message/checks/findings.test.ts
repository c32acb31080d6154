import { describe, expect, it } from 'vitest';
import type { Header, Link, Message, Part } from '../../api/types';
import { accessibilityFindings } from './accessibility';
import { contrast, readColour } from './colour';
import { deliveryFindings } from './delivery';
import { bySeverity, score, type Finding } from './finding';
import { readHtml, textOf } from './html';
import { isPrivateHost, linkFindings } from './links';

const ids = (findings: Finding[]) => findings.map((finding) => `${finding.severity} ${finding.id}`);

const good = ['From: A <a@example.com>', 'To: b@example.com', 'Subject: Hello', 'Date: Thu, 1 Oct 2026 08:00:00 +0000', 'Message-ID: <1@example.com>', 'MIME-Version: 1.0', 'Content-Type: text/plain'];

function delivery(lines: string[], { html, text = '', ...change }: Partial<Message> & { html?: string; text?: string } = {}): string[] {
  const headers: Header[] = lines.map((line) => ({ name: line.split(':')[0]!, raw: line.slice(line.indexOf(':') + 2), value: line.slice(line.indexOf(':') + 2) }));
  const message = { date: '2026-10-01T08:00:00Z', receivedAt: '2026-10-01T08:00:05Z', attachments: [], warnings: [], ...change } as unknown as Message;
  const parts = text === '' ? [] : ([{ contentType: 'text/plain', attachment: false, children: 0 }] as unknown as Part[]);
  return ids(deliveryFindings({ message, headers, parts, html, htmlText: html === undefined ? '' : textOf(readHtml(html).root), text }));
}

const without = (name: string) => good.filter((line) => !line.startsWith(name + ':'));
const plain = ['good headers-good', 'info unsubscribe-missing'];

describe('deliveryFindings', () => {
  it('has nothing against a good mail', () => expect(delivery(good)).toEqual(plain));

  it.each([
    ['From', 'bad from-missing'], ['To', 'warn to-missing'], ['Subject', 'warn subject-missing'], ['Date', 'bad date-missing'],
    ['Message-ID', 'bad message-id-missing'], ['MIME-Version', 'warn mime-version-missing'],
  ])('misses %s', (name, expected) => expect(delivery(without(name))).toEqual([expected, plain[1]]));

  it.each([
    ['Subject: Again', 'bad repeated-subject'],
    ['X-Name: grün', 'warn headers-raw'],
  ])('with %s', (line, expected) => expect(delivery([...good, line])).toEqual([expected, plain[1]]));

  it('counts authors', () => {
    expect(delivery([...without('From'), 'From: "B, C" <a@example.com>'])).toEqual(plain);
    expect(delivery([...without('From'), 'From: a@example.com, b@example.com'])).toContain('bad from-several');
    expect(delivery([...without('From'), 'From: a@example.com, b@example.com', 'Sender: a@example.com'])).toContain('warn from-several');
  });

  it('looks at the time', () => {
    expect(delivery(good, { date: null })).toContain('bad date-invalid');
    expect(delivery(good, { date: '2025-10-01T08:00:00Z' })).toContain('warn date-far');
  });

  it.each([
    [['<https://example.com/u>'], ['warn unsubscribe-post-missing']],
    [['<https://example.com/u>', 'List-Unsubscribe=One-Click'], ['good unsubscribe-good']],
    [['<mailto:u@example.com>, <https://example.com/u>', 'List-Unsubscribe=One-Click'], ['good unsubscribe-good']],
    [['<https://example.com/u>', 'One-Click'], ['bad unsubscribe-post-invalid']],
    [['<mailto:u@example.com>'], ['warn unsubscribe-mailto']],
    [['<http://example.com/u>', 'List-Unsubscribe=One-Click'], ['warn unsubscribe-http', 'warn unsubscribe-mailto']],
    [['https://example.com/u'], ['bad unsubscribe-invalid']],
    [['<ftp://example.com/u>'], ['bad unsubscribe-invalid']],
  ])('reads List-Unsubscribe %j', ([list, post], expected) => {
    const lines = [...good, `List-Unsubscribe: ${list}`, ...(post ? [`List-Unsubscribe-Post: ${post}`] : [])];
    expect(delivery(lines)).toEqual(['good headers-good', ...expected]);
  });

  it('compares text and HTML', () => {
    const html = '<p>The quick brown fox jumps over the lazy dog and then goes home to sleep well</p>';
    expect(delivery(good, { html })).toContain('warn text-missing');
    expect(delivery(good, { html, text: 'The quick brown fox jumps over the lazy dog and then goes home to sleep well' })).toContain('good text-good');
    expect(delivery(good, { html, text: 'Hello' })).toContain('warn text-short');
    expect(delivery(good, { html, text: 'Please have a look at this mail in some other program that shows its pages instead' })).toContain('warn text-differs');
    expect(delivery(good, { html, text: '<p>The quick' })).toContain('bad text-has-tags');
  });

  it('knows where Gmail clips', () => {
    expect(delivery(good, { html: 'x'.repeat(102 * 1024 + 1), text: 'x' })).toContain('bad size-clipped');
    expect(delivery(good, { html: 'ü'.repeat(45 * 1024), text: 'x' })).toContain('warn size-near');
    expect(delivery(good, { html: 'x', text: 'x' })).toContain('good size-good');
  });

  it('passes on what the reader of the mail noticed', () => expect(delivery(good, { warnings: ['A boundary is missing.'] })).toContain('warn mime-1'));

  it('weighs attachments', () => {
    const file = (fileName: string, size: number) => ({ attachments: [{ index: 1, fileName, size, contentType: 'x/y', sha256: '', contentId: null, inline: false }] });
    expect(delivery(good, file('a.zip', 9e6))).toContain('warn attachments-heavy');
    expect(delivery(good, file('a.zip', 3e7))).toContain('bad attachments-large');
    expect(delivery(good, file('a.EXE', 1))).toContain('bad attachments-programs');
  });
});

const link = (url: string, text = 'text', kind: Link['kind'] = 'link'): Link => ({ url, text, kind, place: 'html' });

describe('linkFindings', () => {
  it.each<[Link, string]>([
    [link('https://example.com/'), 'good links-good'],
    [link('http://example.com/'), 'warn links-http'],
    [link('http://example.com/a.png', '', 'image'), 'warn images-http'],
    [link('http://localhost:3000/'), 'bad links-local'],
    [link('https://192.168.1.4/'), 'bad links-local'],
    [link('https://evil.example/x', 'https://bank.example/'), 'bad links-pretend'],
    [link('https://shop.example.com/x', 'www.example.com'), 'good links-good'],
    [link('https://bit.ly/x'), 'good links-good,info links-short'],
    [link('https://example.com/?utm_source=a'), 'good links-good,info links-tracking'],
    [link('mailto:a@example.com?subject=x', '', 'mailto'), 'good links-good'],
    [link('mailto:a@', '', 'mailto'), 'bad links-mailto'],
    [link('mailto:?subject=share', '', 'mailto'), 'good links-good'],
    [link('https://example.com/{{token}}'), 'bad links-invalid'],
    [link('www.example.com'), 'bad links-invalid'],
  ])('%j', (given, expected) => expect(ids(linkFindings([given], undefined)).join()).toBe(expected));

  it('names the lines, and what is linked twice', () => {
    const html = readHtml('<a href="https://a.example/">x</a>\n\n<a href="https://a.example/">y</a>\n<a href="#">z</a>');
    const findings = linkFindings([link('https://a.example/')], html);
    expect(ids(findings)).toEqual(['bad links-empty', 'info links-repeated']);
    expect(findings.map((finding) => finding.lines)).toEqual([[4], [1, 3]]);
    expect(findings[1]!.examples).toEqual(['2 × https://a.example/']);
  });

  it.each(['localhost', 'app.localhost', '127.0.0.1', '10.0.0.1', '172.16.0.1', '[::1]', '[fd00::1]', 'nas.local', 'web', 'x.home.arpa'])('%s is private', (host) =>
    expect(isPrivateHost(host)).toBe(true));
  it.each(['example.com', '8.8.8.8', '172.32.0.1', '[2001:db8::1]', '10.example.com', 'localhost.example.com'])('%s is public', (host) => expect(isPrivateHost(host)).toBe(false));
});

const access = (html: string) => ids(accessibilityFindings(readHtml(`<html lang=en><title>x</title>${html}`))).join();

describe('accessibilityFindings', () => {
  it.each([
    ['<img src=a>', 'bad alt-missing'],
    ['<img src=a alt="">', 'good accessibility-good'],
    ['<img src=a alt="logo.png">', 'warn alt-name'],
    ['<a href=x><img src=a alt=""></a>', 'bad link-empty'],
    ['<a href=x><img src=a alt="Shop"></a>', 'good accessibility-good'],
    ['<a href=x>Click here!</a>', 'warn link-vague'],
    ['<a href=x aria-label="Your order">here</a>', 'good accessibility-good'],
    ['<table><tr><td>x</table>', 'warn table-role'],
    ['<table role=presentation><tr><td>x</table>', 'good accessibility-good'],
    ['<table><tr><th>x</table>', 'good accessibility-good'],
    ['<table><tr><td><table><tr><th>x</table></table>', 'warn table-role'],
    ['<h1>a</h1><h3>b</h3>', 'warn heading-order'],
    ['<h2>a</h2><h3>b</h3><h1>c</h1>', 'good accessibility-good'],
    ['<p style="color:#999;background:#fff">x</p>', 'warn contrast-low'],
    ['<p style="color:#fff;background:#fff">x</p>', 'bad contrast-low'],
    ['<td bgcolor=white><font color="#ccc">x</font></td>', 'bad contrast-low'],
    ['<p style="color:#777;background:#fff;font-size:24px">x</p>', 'good accessibility-good'],
    ['<p style="color:#999">x</p>', 'good accessibility-good'],
    ['<p style="color:#999;background:#fff url(x.png)">x</p>', 'good accessibility-good'],
    ['<p style="font-size:8pt">x</p>', 'warn font-small'],
    ['<p style="font-size:0;color:#fff;background:#fff">preheader</p>', 'good accessibility-good'],
    ['<div style="font-size:20px"><span style="font-size:50%">x</span></div>', 'warn font-small'],
    ['<meta name=viewport content="width=device-width, user-scalable=no">', 'warn zoom-off'],
  ])('%s', (html, expected) => expect(access(html)).toBe(expected));

  it('asks for a language and a title', () => {
    expect(ids(accessibilityFindings(readHtml('<html><p>x')))).toEqual(['warn lang-missing', 'info title-missing']);
    expect(ids(accessibilityFindings(readHtml('<html lang=de><title>x</title><p>x')))).toEqual(['good accessibility-good']);
  });
});

describe('colours', () => {
  it.each([['#FFF', [255, 255, 255]], ['#0a141e', [10, 20, 30]], ['rgb(1, 2,3)', [1, 2, 3]], ['rgba(1,2,3,1)', [1, 2, 3]], ['rgba(1,2,3,.5)', undefined], ['navy', [0, 0, 128]], ['var(--x)', undefined]])(
    '%s', (text, expected) => expect(readColour(text)).toEqual(expected));
  it('measures contrast', () => expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21));
});

describe('score', () => {
  it('counts and orders', () => {
    const findings = (['good', 'bad', 'info', 'warn', 'bad'] as const).map((severity, i): Finding => ({ id: String(i), severity, title: '', explanation: '' }));
    expect(score([{ id: 'g', title: 'g', findings }])).toEqual({ bad: 2, warn: 1, info: 1, good: 1 });
    expect(bySeverity(findings).map((finding) => finding.id).join('')).toBe('14320');
  });
});
