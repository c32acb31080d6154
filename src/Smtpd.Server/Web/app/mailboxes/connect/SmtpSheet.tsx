import { Value, Values } from './ValueList';
import { placeholder, type Listener, type SmtpValues } from './values';

const tlsNames: Record<Listener['tls'], string> = { none: 'none', startTls: 'STARTTLS', implicit: 'TLS from the start' };

interface SmtpSheetProps {
  values: SmtpValues;
  addresses: string[];
  users: string[];
  pop3: Listener[];
  imap: Listener[];
}

export function SmtpSheet({ values, addresses, users, pop3, imap }: SmtpSheetProps) {
  const isLonely = users.length === 0 && addresses.length === 0;
  return (
    <section class="card" aria-labelledby="connect-smtp" data-testid="connect-smtp">
      <h2 id="connect-smtp">SMTP</h2>
      <Values>
        <Value name="Host" value={values.host} testId="smtp-host" />
        <Value name="Port" value={String(values.port)} testId="smtp-port" />
        <Value name="TLS" value={tlsNames[values.tls]} testId="smtp-tls" isCopied={false} />
        {values.user === undefined ? (
          <Value name="User" value="none" testId="smtp-user" isCopied={false} />
        ) : (
          <>
            <Value name="User" value={values.user} testId="smtp-user" />
            <Value
              name="Password"
              value={values.password ?? placeholder}
              note={values.password === undefined ? 'It was shown once. The settings give a new one.' : 'Keep it: it is shown until this page is closed.'}
              testId="smtp-password"
            />
          </>
        )}
        {[...pop3.map((each) => ['POP3', each] as const), ...imap.map((each) => ['IMAP', each] as const)].map(([name, each]) => (
          <Value key={name + each.port} name={name} value={`${each.host}:${each.port}`} note={tlsNames[each.tls]} testId={name.toLowerCase()} />
        ))}
      </Values>
      <h3>Addresses that lead here</h3>
      {addresses.length > 0 && (
        <ul class="connect-addresses" data-testid="connect-addresses">
          {addresses.map((rule) => (
            <li key={rule}>
              <code>{rule}</code>
            </li>
          ))}
        </ul>
      )}
      <p class="muted" data-testid="connect-hint">
        {isLonely
          ? 'No address leads here and nobody can sign in. It gets what no other mailbox takes, if it is the server’s catch-all.'
          : users.length > 0
            ? `Whoever signs in as ${users.length === 1 ? users[0] : 'one of its users'} reaches it with any other address too.`
            : 'Only these reach it: it has no user who could sign in.'}
        {values.user !== undefined && values.tls === 'none' && ' Without TLS the server takes passwords only when its settings allow it.'}
      </p>
    </section>
  );
}
