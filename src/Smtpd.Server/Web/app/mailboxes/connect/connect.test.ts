import { describe, expect, it } from 'vitest';
import type { Mailbox } from '../../api/types';
import { env, hashed, inUrl, shell, single } from './quoting';
import { apiCommands, snippets } from './snippets';
import { testMail } from './testMail';
import { addressOf, listenerOf, reachable, recipientOf, type SmtpValues, type Tls } from './values';

const open: SmtpValues = { host: 'mail.test', port: 2525, tls: 'none', from: 'app@example.com', to: 'you@example.com' };
const closed: SmtpValues = { ...open, user: 'the-user', password: 'the-password' };
const api = { base: 'http://127.0.0.1:8025/api/mailboxes/1' };

describe('snippets', () => {
  const sending = snippets.filter((snippet) => snippet.group !== 'Tests');

  it('are many, each of its own', () => {
    expect(snippets.length).toBeGreaterThanOrEqual(20);
    expect(new Set(snippets.map((snippet) => snippet.id)).size).toBe(snippets.length);
  });

  for (const { id, code } of sending) {
    it(`${id} names host and port, and no login where there is none`, () => {
      const text = code(open, api);
      expect(text).toContain('mail.test');
      expect(text).toContain('2525');
      expect(text).not.toMatch(/password|credential|PlainAuth|username|undefined|auth[-_]user|pass\b/i);
    });
    it(`${id} signs in`, () => {
      const text = code(closed, api);
      expect(text).toContain('the-user');
      expect(text).toContain('the-password');
      expect(text).not.toContain('undefined');
    });
    it(`${id} says what a password stands for`, () => expect(code({ ...open, user: 'u' }, api)).toContain('PASSWORD'));
    it(`${id} differs by TLS`, () => {
      const [none, startTls, implicit] = (['none', 'startTls', 'implicit'] as Tls[]).map((tls) => code({ ...open, tls }, api));
      // PHP frameworks begin TLS by themselves where it is offered; there only the implicit one is told.
      expect(implicit).not.toBe(none);
      if (!['laravel', 'go'].includes(id)) expect(startTls).not.toBe(none);
    });
  }

  const of = (id: string) => snippets.find((snippet) => snippet.id === id)!.code;
  it('curl', () => expect(of('curl')(closed, api)).toMatchInlineSnapshot(`
    "printf 'From: %s\\r\\nTo: %s\\r\\nSubject: Hello\\r\\n\\r\\nIt works.\\r\\n' app@example.com you@example.com |
      curl smtp://mail.test:2525 \\
      --user the-user:the-password \\
      --mail-from app@example.com --mail-rcpt you@example.com \\
      --upload-file -"
  `));
  it('quotes', () => {
    const odd = { ...open, user: `a'b "c" #{d}`, password: '$x\\' };
    expect(of('swaks')(odd, api)).toContain(`--auth-user 'a'\\''b "c" #{d}' --auth-password '$x\\'`);
    expect(of('php')(odd, api)).toContain(`Username = 'a\\'b "c" #{d}';\n$mail->Password = '$x\\\\';`);
    expect(of('rails')(odd, api)).toContain(`"a'b \\"c\\" \\#{d}"`);
    expect(of('symfony')({ ...odd, host: '::1' }, api)).toContain('smtp://a%27b%20%22c%22%20%23%7Bd%7D:%24x%5C@[::1]:2525');
  });
  it('tests wait for the mail', () => {
    for (const id of ['playwright', 'pytest']) {
      expect(of(id)(open, api)).toContain(`${api.base}`);
      expect(of(id)(open, api)).not.toMatch(/auth/i);
      expect(of(id)(open, { ...api, login: 'u:p:q' })).toMatch(/auth/i);
    }
    expect(of('pytest')(open, { ...api, login: 'u:p:q' })).toContain('auth=("u", "p:q")');
  });
});

describe('apiCommands', () => {
  it('ask for what one wants most', () => expect(apiCommands(api).map((command) => command.code)).toEqual([
    `curl -s '${api.base}/messages?limit=20'`, `curl -s '${api.base}/messages?limit=1'`, `curl -s '${api.base}/wait?timeout=30&subject=welcome'`, `curl -s -X DELETE ${api.base}/messages`,
  ]));
  it('sign in', () => expect(apiCommands({ ...api, login: 'u:p' })[0]!.code).toContain('-u u:p'));
});

describe('values', () => {
  it.each([['orders@example.com', 'orders@example.com'], ['support+*@example.com', 'support+test@example.com'], ['order-*@*.example.com', 'order-1@a.example.com'], ['@example.com', 'anyone@example.com'], ['*', 'anyone@example.com'], ['support@', undefined]])(
    '%s is reached by %s', (rule, address) => expect(addressOf(rule)).toBe(address));
  it('choose a recipient', () => {
    expect(recipientOf({ addresses: ['support@', '@a.example'] } as unknown as Mailbox)).toBe('anyone@a.example');
    expect(recipientOf({ addresses: ['a-*@a.example', 'b@a.example'] } as unknown as Mailbox)).toBe('b@a.example');
    expect(recipientOf({} as Mailbox)).toBe('you@example.com');
  });
  it('replace addresses that mean all', () => expect(['0.0.0.0', '::', '10.0.0.1'].map((host) => reachable({ host, port: 1, tls: 'none' }, 'page').host)).toEqual(['page', 'page', '10.0.0.1']));
  it('do without the server', () => {
    expect(listenerOf({ urls: { smtp: '127.0.0.1:2600' } } as unknown as Mailbox, 'page')).toEqual({ host: '127.0.0.1', port: 2600, tls: 'none' });
    expect(listenerOf({} as Mailbox, 'page')).toEqual({ host: 'page', port: 2525, tls: 'none' });
  });
});

describe('quoting', () => {
  it.each([[shell, "it's", `'it'\\''s'`], [shell, 'a@b.c', 'a@b.c'], [single, "a'\\", `'a\\'\\\\'`], [hashed, '#{x}', '"\\#{x}"'], [env, 'a b#', '"a b#"'], [env, 'plain', 'plain'], [inUrl, "a@b:'", 'a%40b%3A%27']])(
    '%o of %s', (quote, text, expected) => expect(quote(text)).toBe(expected));
});

describe('testMail', () => {
  it('is a mail', () => {
    const mail = testMail('you@example.com', new Date('2026-10-01T08:00:00Z'), 'x1');
    expect(mail).toContain('Date: Thu, 01 Oct 2026 08:00:00 +0000\r\n');
    expect(mail.split('--=_x1').length).toBe(4);
    expect(mail.replace(/\r\n/g, '')).not.toMatch(/[\r\n]|[^\u0000-\u007f]/);
  });
});
