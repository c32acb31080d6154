import { double, env, hashed, inUrl, powerShell, property, shell, single } from './quoting';
import { placeholder, type ApiValues, type SmtpValues } from './values';

export interface Snippet {
  id: string;
  title: string;
  group: 'Command line' | 'Languages' | 'Frameworks' | 'Tests';
  /** Where it goes, when it is a part of a file. */
  file?: string;
  code: (smtp: SmtpValues, api: ApiValues) => string;
}

/** Lines, without those that are not wanted. */
const lines = (...all: (string | false | undefined)[]): string => all.filter((line) => line !== false && line !== undefined).join('\n');

/** `some` when somebody signs in: with the user and the password. */
function login<T>({ user, password }: SmtpValues, some: (user: string, password: string) => T): T | undefined {
  return user === undefined ? undefined : some(user, password ?? placeholder);
}

const isSecure = (smtp: SmtpValues): boolean => smtp.tls !== 'none';
const bracketed = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);
const address = (smtp: SmtpValues): string => `${bracketed(smtp.host)}:${smtp.port}`;

export const snippets: Snippet[] = [
  {
    id: 'curl', title: 'curl', group: 'Command line',
    code: (s) => {
      const command = [
        `curl ${s.tls === 'implicit' ? 'smtps' : 'smtp'}://${address(s)}`,
        s.tls === 'startTls' && '--ssl-reqd',
        login(s, (user, password) => `--user ${shell(`${user}:${password}`)}`),
        `--mail-from ${shell(s.from)} --mail-rcpt ${shell(s.to)}`,
        '--upload-file -',
      ];
      return `printf 'From: %s\\r\\nTo: %s\\r\\nSubject: Hello\\r\\n\\r\\nIt works.\\r\\n' ${shell(s.from)} ${shell(s.to)} |\n  ${command.filter(Boolean).join(' \\\n  ')}`;
    },
  },
  {
    id: 'swaks', title: 'swaks', group: 'Command line',
    code: (s) =>
      [
        `swaks --server ${address(s)}`,
        s.tls === 'startTls' && '-tls',
        s.tls === 'implicit' && '-tlsc',
        login(s, (user, password) => `--auth-user ${shell(user)} --auth-password ${shell(password)}`),
        `--from ${shell(s.from)} --to ${shell(s.to)}`,
        "--header 'Subject: Hello' --body 'It works.'",
      ].filter(Boolean).join(' \\\n  '),
  },
  {
    id: 'powershell', title: 'PowerShell', group: 'Command line',
    code: (s) =>
      lines(
        login(s, (user, password) => `$password = ConvertTo-SecureString ${powerShell(password)} -AsPlainText -Force\n$login = [pscredential]::new(${powerShell(user)}, $password)`),
        `Send-MailMessage -SmtpServer ${powerShell(s.host)} -Port ${s.port}${isSecure(s) ? ' -UseSsl' : ''}${s.user === undefined ? '' : ' -Credential $login'} \``,
        `  -From ${powerShell(s.from)} -To ${powerShell(s.to)} -Subject 'Hello' -Body 'It works.'`,
      ),
  },
  {
    id: 'python', title: 'Python', group: 'Languages',
    code: (s) =>
      lines(
        'import smtplib',
        'from email.message import EmailMessage',
        '',
        'message = EmailMessage()',
        `message["From"] = ${double(s.from)}`,
        `message["To"] = ${double(s.to)}`,
        'message["Subject"] = "Hello"',
        'message.set_content("It works.")',
        '',
        `with smtplib.${s.tls === 'implicit' ? 'SMTP_SSL' : 'SMTP'}(${double(s.host)}, ${s.port}) as smtp:`,
        s.tls === 'startTls' && '    smtp.starttls()',
        login(s, (user, password) => `    smtp.login(${double(user)}, ${double(password)})`),
        '    smtp.send_message(message)',
      ),
  },
  {
    id: 'node', title: 'Node.js (Nodemailer)', group: 'Languages',
    code: (s) =>
      lines(
        "import nodemailer from 'nodemailer';",
        '',
        'const transport = nodemailer.createTransport({',
        `  host: ${double(s.host)},`,
        `  port: ${s.port},`,
        `  secure: ${s.tls === 'implicit'},`,
        s.tls === 'startTls' && '  requireTLS: true,',
        login(s, (user, password) => `  auth: { user: ${double(user)}, pass: ${double(password)} },`),
        '});',
        '',
        'await transport.sendMail({',
        `  from: ${double(s.from)},`,
        `  to: ${double(s.to)},`,
        "  subject: 'Hello',",
        "  text: 'It works.',",
        '});',
      ),
  },
  {
    id: 'dotnet', title: '.NET (System.Net.Mail)', group: 'Languages',
    code: (s) =>
      lines(
        s.user !== undefined && 'using System.Net;',
        'using System.Net.Mail;',
        '',
        s.tls === 'implicit' && '// This class knows STARTTLS only. For implicit TLS take MailKit.',
        `using SmtpClient client = new(${double(s.host)}, ${s.port})`,
        '{',
        `    EnableSsl = ${isSecure(s)},`,
        login(s, (user, password) => `    Credentials = new NetworkCredential(${double(user)}, ${double(password)}),`),
        '};',
        `await client.SendMailAsync(${double(s.from)}, ${double(s.to)}, "Hello", "It works.");`,
      ),
  },
  {
    id: 'mailkit', title: '.NET (MailKit)', group: 'Languages',
    code: (s) =>
      lines(
        'using MailKit.Net.Smtp;',
        'using MailKit.Security;',
        'using MimeKit;',
        '',
        'MimeMessage message = new();',
        `message.From.Add(MailboxAddress.Parse(${double(s.from)}));`,
        `message.To.Add(MailboxAddress.Parse(${double(s.to)}));`,
        'message.Subject = "Hello";',
        'message.Body = new TextPart("plain") { Text = "It works." };',
        '',
        'using SmtpClient client = new();',
        `await client.ConnectAsync(${double(s.host)}, ${s.port}, SecureSocketOptions.${{ none: 'None', startTls: 'StartTls', implicit: 'SslOnConnect' }[s.tls]});`,
        login(s, (user, password) => `await client.AuthenticateAsync(${double(user)}, ${double(password)});`),
        'await client.SendAsync(message);',
        'await client.DisconnectAsync(true);',
      ),
  },
  {
    id: 'java', title: 'Java (Jakarta Mail)', group: 'Languages',
    code: (s) =>
      lines(
        'Properties properties = new Properties();',
        `properties.put("mail.smtp.host", ${double(s.host)});`,
        `properties.put("mail.smtp.port", "${s.port}");`,
        s.tls === 'startTls' && 'properties.put("mail.smtp.starttls.required", "true");',
        s.tls === 'implicit' && 'properties.put("mail.smtp.ssl.enable", "true");',
        s.user !== undefined && 'properties.put("mail.smtp.auth", "true");',
        '',
        login(s, (user, password) => `Session session = Session.getInstance(properties, new Authenticator() {
    protected PasswordAuthentication getPasswordAuthentication() {
        return new PasswordAuthentication(${double(user)}, ${double(password)});
    }
});`) ?? 'Session session = Session.getInstance(properties);',
        'MimeMessage message = new MimeMessage(session);',
        `message.setFrom(${double(s.from)});`,
        `message.setRecipients(Message.RecipientType.TO, ${double(s.to)});`,
        'message.setSubject("Hello");',
        'message.setText("It works.");',
        'Transport.send(message);',
      ),
  },
  {
    id: 'php', title: 'PHP (PHPMailer)', group: 'Languages',
    code: (s) =>
      lines(
        '$mail = new PHPMailer\\PHPMailer\\PHPMailer(true);',
        '$mail->isSMTP();',
        `$mail->Host = ${single(s.host)};`,
        `$mail->Port = ${s.port};`,
        s.tls === 'none' && '$mail->SMTPAutoTLS = false;',
        s.tls === 'startTls' && "$mail->SMTPSecure = 'tls';",
        s.tls === 'implicit' && "$mail->SMTPSecure = 'ssl';",
        login(s, (user, password) => `$mail->SMTPAuth = true;\n$mail->Username = ${single(user)};\n$mail->Password = ${single(password)};`),
        `$mail->setFrom(${single(s.from)});`,
        `$mail->addAddress(${single(s.to)});`,
        "$mail->Subject = 'Hello';",
        "$mail->Body = 'It works.';",
        '$mail->send();',
      ),
  },
  {
    id: 'ruby', title: 'Ruby (Mail)', group: 'Languages',
    code: (s) =>
      lines(
        'require "mail"',
        '',
        'Mail.defaults do',
        `  delivery_method :smtp, address: ${hashed(s.host)}, port: ${s.port}${s.tls === 'implicit' ? ', ssl: true' : `, enable_starttls: ${s.tls === 'startTls'}`}${login(s, (user, password) => `,\n    user_name: ${hashed(user)}, password: ${hashed(password)}, authentication: :plain`) ?? ''}`,
        'end',
        '',
        'Mail.deliver do',
        `  from ${hashed(s.from)}`,
        `  to ${hashed(s.to)}`,
        '  subject "Hello"',
        '  body "It works."',
        'end',
      ),
  },
  {
    id: 'go', title: 'Go (net/smtp)', group: 'Languages',
    code: (s) =>
      lines(
        'package main',
        '',
        'import (',
        '\t"log"',
        '\t"net/smtp"',
        ')',
        '',
        'func main() {',
        s.tls === 'implicit' && '\t// This package knows STARTTLS only. For implicit TLS take go-mail.',
        login(s, (user, password) => `\tauth := smtp.PlainAuth("", ${double(user)}, ${double(password)}, ${double(s.host)})`) ?? '\tvar auth smtp.Auth',
        `\tmessage := []byte("From: ${s.from}\\r\\nTo: ${s.to}\\r\\nSubject: Hello\\r\\n\\r\\nIt works.\\r\\n")`,
        `\terr := smtp.SendMail(${double(address(s))}, auth, ${double(s.from)}, []string{${double(s.to)}}, message)`,
        '\tif err != nil {',
        '\t\tlog.Fatal(err)',
        '\t}',
        '}',
      ),
  },
  {
    id: 'go-mail', title: 'Go (go-mail)', group: 'Languages',
    code: (s) =>
      lines(
        'message := mail.NewMsg()',
        `message.From(${double(s.from)})`,
        `message.To(${double(s.to)})`,
        'message.Subject("Hello")',
        'message.SetBodyString(mail.TypeTextPlain, "It works.")',
        '',
        `client, err := mail.NewClient(${double(s.host)}, mail.WithPort(${s.port}), ${s.tls === 'implicit' ? 'mail.WithSSL()' : `mail.WithTLSPolicy(mail.${s.tls === 'startTls' ? 'TLSMandatory' : 'NoTLS'})`}${
          login(s, (user, password) => `,\n\tmail.WithSMTPAuth(mail.SMTPAuthPlain${isSecure(s) ? '' : 'NoEnc'}), mail.WithUsername(${double(user)}), mail.WithPassword(${double(password)})`) ?? ''
        })`,
        'if err != nil {',
        '\tlog.Fatal(err)',
        '}',
        'err = client.DialAndSend(message)',
      ),
  },
  {
    id: 'rust', title: 'Rust (lettre)', group: 'Languages',
    code: (s) =>
      lines(
        'let message = Message::builder()',
        `    .from(${double(s.from)}.parse()?)`,
        `    .to(${double(s.to)}.parse()?)`,
        '    .subject("Hello")',
        '    .body(String::from("It works."))?;',
        '',
        `let transport = SmtpTransport::${{ none: `builder_dangerous(${double(s.host)})`, startTls: `starttls_relay(${double(s.host)})?`, implicit: `relay(${double(s.host)})?` }[s.tls]}`,
        `    .port(${s.port})`,
        login(s, (user, password) => `    .credentials(Credentials::new(${double(user)}.into(), ${double(password)}.into()))`),
        '    .build();',
        'transport.send(&message)?;',
      ),
  },
  {
    id: 'django', title: 'Django', group: 'Frameworks', file: 'settings.py',
    code: (s) =>
      lines(
        'EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"',
        `EMAIL_HOST = ${double(s.host)}`,
        `EMAIL_PORT = ${s.port}`,
        s.tls === 'startTls' && 'EMAIL_USE_TLS = True',
        s.tls === 'implicit' && 'EMAIL_USE_SSL = True',
        login(s, (user, password) => `EMAIL_HOST_USER = ${double(user)}\nEMAIL_HOST_PASSWORD = ${double(password)}`),
        `DEFAULT_FROM_EMAIL = ${double(s.from)}`,
      ),
  },
  {
    id: 'laravel', title: 'Laravel', group: 'Frameworks', file: '.env',
    code: (s) =>
      lines(
        'MAIL_MAILER=smtp',
        s.tls === 'implicit' && 'MAIL_SCHEME=smtps',
        `MAIL_HOST=${env(s.host)}`,
        `MAIL_PORT=${s.port}`,
        login(s, (user, password) => `MAIL_USERNAME=${env(user)}\nMAIL_PASSWORD=${env(password)}`),
        `MAIL_FROM_ADDRESS=${env(s.from)}`,
      ),
  },
  {
    id: 'symfony', title: 'Symfony', group: 'Frameworks', file: '.env',
    code: (s) =>
      `MAILER_DSN=${env(`${s.tls === 'implicit' ? 'smtps' : 'smtp'}://${login(s, (user, password) => `${inUrl(user)}:${inUrl(password)}@`) ?? ''}${address(s)}${s.tls === 'none' ? '?auto_tls=false' : ''}`)}`,
  },
  {
    id: 'spring', title: 'Spring Boot', group: 'Frameworks', file: 'application.properties',
    code: (s) =>
      lines(
        `spring.mail.host=${property(s.host)}`,
        `spring.mail.port=${s.port}`,
        login(s, (user, password) => `spring.mail.username=${property(user)}\nspring.mail.password=${property(password)}\nspring.mail.properties.mail.smtp.auth=true`),
        s.tls === 'startTls' && 'spring.mail.properties.mail.smtp.starttls.required=true',
        s.tls === 'implicit' && 'spring.mail.properties.mail.smtp.ssl.enable=true',
      ),
  },
  {
    id: 'rails', title: 'Rails', group: 'Frameworks', file: 'config/environments/development.rb',
    code: (s) =>
      lines(
        'config.action_mailer.delivery_method = :smtp',
        'config.action_mailer.smtp_settings = {',
        `  address: ${hashed(s.host)},`,
        `  port: ${s.port},`,
        login(s, (user, password) => `  user_name: ${hashed(user)},\n  password: ${hashed(password)},\n  authentication: :plain,`),
        s.tls === 'implicit' ? '  ssl: true' : `  enable_starttls: ${s.tls === 'startTls'}`,
        '}',
      ),
  },
  {
    id: 'elixir', title: 'Phoenix (Swoosh)', group: 'Frameworks', file: 'config/dev.exs',
    code: (s) =>
      lines(
        'config :my_app, MyApp.Mailer,',
        '  adapter: Swoosh.Adapters.SMTP,',
        `  relay: ${hashed(s.host)},`,
        `  port: ${s.port},`,
        login(s, (user, password) => `  username: ${hashed(user)},\n  password: ${hashed(password)},`),
        `  auth: ${s.user === undefined ? ':never' : ':always'},`,
        s.tls === 'implicit' && '  ssl: true,',
        `  tls: ${s.tls === 'startTls' ? ':always' : ':never'}`,
      ),
  },
  {
    id: 'wordpress', title: 'WordPress', group: 'Frameworks', file: 'functions.php',
    code: (s) =>
      lines(
        "add_action('phpmailer_init', function ($mail) {",
        '    $mail->isSMTP();',
        `    $mail->Host = ${single(s.host)};`,
        `    $mail->Port = ${s.port};`,
        s.tls === 'none' && '    $mail->SMTPAutoTLS = false;',
        s.tls === 'startTls' && "    $mail->SMTPSecure = 'tls';",
        s.tls === 'implicit' && "    $mail->SMTPSecure = 'ssl';",
        login(s, (user, password) => `    $mail->SMTPAuth = true;\n    $mail->Username = ${single(user)};\n    $mail->Password = ${single(password)};`),
        '});',
      ),
  },
  {
    id: 'playwright', title: 'Playwright', group: 'Tests',
    code: (s, { base, login: who }) =>
      lines(
        "import { expect, test } from '@playwright/test';",
        '',
        `const mailbox = ${double(base)};`,
        who !== undefined && `test.use({ extraHTTPHeaders: { Authorization: 'Basic ' + btoa(${double(who)}) } });`,
        '',
        "test('sends a code', async ({ page, request }) => {",
        "  await page.goto('/sign-up');",
        `  await page.getByLabel('E-mail').fill(${double(s.to)});`,
        "  await page.getByRole('button', { name: 'Sign up' }).click();",
        '',
        '  // Waits until the mail is there; 204 when it does not come.',
        `  const mail = await request.get(mailbox + '/wait?timeout=25&subject=code');`,
        '  expect(mail.status()).toBe(200);',
        '  const { uid } = await mail.json();',
        "  const { codes } = await (await request.get(`${mailbox}/messages/${uid}/codes`)).json();",
        "  await page.getByLabel('Code').fill(codes[0].value);",
        '});',
      ),
  },
  {
    id: 'pytest', title: 'pytest', group: 'Tests',
    code: (_, { base, login: who }) =>
      lines(
        'import requests',
        '',
        `MAILBOX = ${double(base)}`,
        '',
        'def test_sends_a_code(app):',
        '    app.sign_up()',
        '',
        '    # Waits until the mail is there; 204 when it does not come.',
        `    mail = requests.get(f"{MAILBOX}/wait", params={"timeout": 25, "subject": "code"}${who === undefined ? '' : `, auth=(${who.split(/:(.*)/s).slice(0, 2).map(double).join(', ')})`})`,
        '    assert mail.status_code == 200',
        '    assert "Welcome" in mail.json()["subject"]',
      ),
  },
];

/** What one does most with the mail of a mailbox, for the command line. */
export function apiCommands({ base, login: who }: ApiValues): { id: string; title: string; code: string }[] {
  const curl = `curl -s${who === undefined ? '' : ` -u ${shell(who)}`}`;
  return [
    { id: 'list', title: 'The newest messages', code: `${curl} ${shell(`${base}/messages?limit=20`)}` },
    { id: 'latest', title: 'The newest one', code: `${curl} ${shell(`${base}/messages?limit=1`)}` },
    { id: 'wait', title: 'Wait for one', code: `${curl} ${shell(`${base}/wait?timeout=30&subject=welcome`)}` },
    { id: 'empty', title: 'Remove them all', code: `${curl} -X DELETE ${shell(`${base}/messages`)}` },
  ];
}
