import { describe, expect, it } from 'vitest';
import type { Message } from '../../api/types';
import { keyName, readAuthenticationResults, readTags, shownTag, verdictOf } from './authentication';
import { readDate } from './date';
import { envelopeFacts } from './envelope';
import { explained, explanationOf } from './explanations';
import { hopsOf, readReceived } from './received';

const nothing = { from: undefined, fromSeen: undefined, by: undefined, byProgram: undefined, with: undefined, via: undefined, id: undefined, for: undefined, tls: undefined, isAuthenticated: false, remarks: [], time: undefined };

describe('readReceived', () => {
  it.each([
    ['Postfix', 'from mx1.example.net (mx1.example.net [198.51.100.7]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)) (No client certificate requested) by mx2.example.net (Postfix) with ESMTPS id 4ABC for <c@example.net>; Thu, 1 Oct 2026 09:00:08 +0000 (UTC)',
      { from: 'mx1.example.net', fromSeen: 'mx1.example.net [198.51.100.7]', by: 'mx2.example.net', byProgram: 'Postfix', with: 'ESMTPS', id: '4ABC', for: 'c@example.net', tls: 'TLS 1.3, TLS_AES_256_GCM_SHA384', time: new Date('2026-10-01T09:00:08Z') }],
    ['Exim', 'from mailer.example.com ([203.0.113.9]) by mx1.example.net with esmtpsa (TLS1.3) tls TLS_AES_128_GCM_SHA256 (Exim 4.97) (envelope-from <b@m.example.com>) id 1abc-2 for c@example.net; Thu, 01 Oct 2026 11:00:10 +0200',
      { from: 'mailer.example.com', fromSeen: '[203.0.113.9]', by: 'mx1.example.net', with: 'esmtpsa', id: '1abc-2', for: 'c@example.net', tls: 'TLS 1.3', isAuthenticated: true, remarks: ['Exim 4.97', 'envelope-from <b@m.example.com>'], time: new Date('2026-10-01T09:00:10Z') }],
    ['Exchange', 'from AM0.example (2603:10a6::1) by DB9.example (2603:10a6::2) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.9.1 via Frontend Transport; Thu, 1 Oct 2026 09:00:00 +0000',
      { from: 'AM0.example', fromSeen: '2603:10a6::1', by: 'DB9.example', byProgram: '2603:10a6::2', with: 'Microsoft SMTP Server', id: '15.20.9.1', via: 'Frontend Transport', tls: 'TLS 1.2, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', time: new Date('2026-10-01T09:00:00Z') }],
    ['Gmail', 'by 2002:a05:1::2 with SMTP id x9csp1; Thu, 1 Oct 2026 02:00:00 -0700 (PDT)', { by: '2002:a05:1::2', with: 'SMTP', id: 'x9csp1', time: new Date('2026-10-01T09:00:00Z') }],
    ['qmail', '(qmail 4711 invoked by uid 89); 1 Oct 2026 09:00:00 -0000', { remarks: ['qmail 4711 invoked by uid 89'], time: new Date('2026-10-01T09:00:00Z') }],
    ['no time', 'from a by b', { from: 'a', by: 'b' }],
    ['a host called by', 'from by (by [192.0.2.1]) by with with SMTP; x', { from: 'by', fromSeen: 'by [192.0.2.1]', by: 'with', with: 'SMTP' }],
    ['nothing', '', {}],
    ['unfinished', 'from "a (b', { from: 'a (b' }],
  ])('of %s', (_, field, expected) => expect(readReceived(field)).toEqual({ ...nothing, ...expected }));

  it('measures the way from the bottom up', () => {
    const hops = hopsOf(['by c; Thu, 1 Oct 2026 09:00:08 +0000', 'by x', 'by b; Thu, 1 Oct 2026 11:00:10 +0200', 'by a; Thu, 1 Oct 2026 01:59:50 -0700']);
    expect(hops.map((hop) => [hop.by, hop.delay])).toEqual([['a', undefined], ['b', 20_000], ['x', undefined], ['c', -2000]]);
  });
});

describe('readDate', () => {
  it.each([
    ['Thu, 1 Oct 2026 08:59:49 +0000', '2026-10-01T08:59:49.000Z'],
    ['1 Oct 26 08:59 EST', '2026-10-01T13:59:00.000Z'],
    ['Thu, 01 Oct 2026 08:59:49 -0330 (NDT)', '2026-10-01T12:29:49.000Z'],
    ['Thursday, 1-Oct-2026 08:59:49 GMT', '2026-10-01T08:59:49.000Z'],
    ['2026-10-01T08:59:49Z', '2026-10-01T08:59:49.000Z'],
  ])('%s', (text, expected) => expect(readDate(text)?.toISOString()).toBe(expected));
  it.each(['', 'yesterday', 'Thu, 1 Foo 2026 08:59:49'])('%j is none', (text) => expect(readDate(text)).toBeUndefined());
});

describe('readAuthenticationResults', () => {
  it('reads results with their properties', () => {
    const read = readAuthenticationResults('mx.example.net 1; dkim=pass (2048-bit key; ok) header.d=example.com header.b="Ab=" ; spf=softfail reason="not listed" smtp.mailfrom=b@example.com;dmarc=fail (p=REJECT) header.from=example.com');
    expect(read.server).toBe('mx.example.net');
    expect(read.results).toEqual([
      { method: 'dkim', result: 'pass', reason: undefined, comments: ['2048-bit key; ok'], properties: [{ name: 'header.d', value: 'example.com' }, { name: 'header.b', value: 'Ab=' }] },
      { method: 'spf', result: 'softfail', reason: 'not listed', comments: [], properties: [{ name: 'smtp.mailfrom', value: 'b@example.com' }] },
      { method: 'dmarc', result: 'fail', reason: undefined, comments: ['p=REJECT'], properties: [{ name: 'header.from', value: 'example.com' }] },
    ]);
  });

  it('reads what ARC keeps, nothing, and no server', () => {
    expect(readAuthenticationResults('i=2; mx.example; arc=none')).toMatchObject({ server: 'mx.example', instance: 2, results: [{ method: 'arc', result: 'none' }] });
    expect(readAuthenticationResults('mx.example; none')).toEqual({ server: 'mx.example', instance: undefined, results: [] });
    expect(readAuthenticationResults('spf=pass smtp.helo=x; dkim=none')).toMatchObject({ server: '', results: [{ method: 'spf' }, { method: 'dkim' }] });
    expect(readAuthenticationResults('dkim/1=PASS header.b=ab==')).toMatchObject({ results: [{ method: 'dkim', result: 'pass', properties: [{ name: 'header.b', value: 'ab==' }] }] });
    for (const odd of ['', ';', '=', '=;=', 'a=', ';;x', '(', '"']) expect(() => readAuthenticationResults(odd)).not.toThrow();
  });

  it('judges', () => expect(['pass', 'fail', 'softfail', 'none', 'odd'].map(verdictOf)).toEqual(['good', 'bad', 'warn', 'none', 'none']));
});

describe('readTags', () => {
  const tags = readTags('v=1; a=rsa-sha256; d=example.com; s=s1; t=1759309190; bh=47DE Qpj=;\n b=dz dV==;');
  it('reads all', () => expect(tags.map((tag) => tag.name).join()).toBe('v,a,d,s,t,bh,b'));
  it('shows them', () => expect(tags.map((tag) => shownTag(tag.name, tag.value)).slice(4)).toEqual(['2025-10-01T08:59:50Z', '47DEQpj=', 'dzdV==']));
  it('names the key', () => expect(keyName(tags)).toBe('s1._domainkey.example.com'));
});

describe('envelopeFacts', () => {
  const message = (from: string, to: string[]): Message =>
    ({ envelope: { from, to }, from: { name: '', address: 'shop@example.com' }, to: [{ name: '', address: 'A@example.net' }], cc: [{ name: '', address: 'b@example.net' }] }) as unknown as Message;

  it('tells who is hidden and who is not here', () => {
    const bcc = [{ name: 'Bcc', raw: '', value: 'X <d@example.net>' }];
    expect(envelopeFacts(message('', ['a@example.net', 'c@example.net', 'd@example.net']), bcc)).toEqual({
      recipients: [{ address: 'a@example.net', named: 'To' }, { address: 'c@example.net', named: 'hidden' }, { address: 'd@example.net', named: 'Bcc' }],
      elsewhere: ['b@example.net'], sender: 'null',
    });
  });
  it.each([['shop@EXAMPLE.com', 'author'], ['bounce@example.com', 'sameDomain'], ['b@mailer.example', 'other'], ['', 'null'], ['<>', 'null']])('%j is %s', (from, expected) =>
    expect(envelopeFacts(message(from, []), []).sender).toBe(expected));
});

describe('explanations', () => {
  it('know many fields', () => expect(explained).toBeGreaterThan(50));
  it('do not care for case', () => expect(explanationOf('FROM')).toContain('wrote'));
  it('are not fooled', () => expect(explanationOf('constructor')).toBe(''));
});
