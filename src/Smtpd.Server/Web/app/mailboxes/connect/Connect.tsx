import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Mailbox } from '../../api/types';
import { Await } from '../../ui/Await';
import { useLoaded } from '../../ui/useLoaded';
import { passwordOf } from '../secrets';
import { ApiSheet } from './ApiSheet';
import './connect.css';
import { SendTest } from './SendTest';
import { SmtpSheet } from './SmtpSheet';
import { SnippetPicker } from './SnippetPicker';
import { listenerOf, placeholder, reachable, recipientOf, type Listener, type Listeners, type SmtpValues } from './values';

interface Details {
  mailbox: Mailbox;
  listeners: Listeners;
}

async function load(mailbox: Mailbox): Promise<Details> {
  const fallback = (): Listeners => ({ smtp: [listenerOf(mailbox, location.hostname)], authentication: false });
  const [details, listeners] = await Promise.all([api.mailbox(mailbox.id), api.server().catch(fallback)]);
  // Only the answer that made it names its addresses in REST.
  return { mailbox: { ...details, urls: details.urls ?? mailbox.urls ?? null }, listeners: listeners.smtp.length > 0 ? listeners : fallback() };
}

/** How programs reach a mailbox; also what an empty one shows. */
export default function Connect({ mailbox }: { mailbox: Mailbox }) {
  // Users and addresses are asked for anew when something about the mailbox changes, but not with every message.
  const details = useLoaded(`${mailbox.id} ${mailbox.name} ${mailbox.open} ${mailbox.users?.join() ?? ''} ${mailbox.addresses?.join() ?? ''}`, () => load(mailbox));
  return (
    <div class="connect" data-testid="connect">
      <header>
        <h1>Connect to {mailbox.name}</h1>
        <SendTest mailbox={mailbox} />
      </header>
      {!mailbox.open && (
        <p class="notice is-warn" data-testid="connect-closed">
          The mailbox is closed: mail to it is refused.
        </p>
      )}
      <Await from={details}>{(loaded) => <Sheets {...loaded} />}</Await>
    </div>
  );
}

const titleOf = ({ tls, port }: Listener): string => `${port} ${{ none: 'without TLS', startTls: 'with STARTTLS', implicit: 'with TLS' }[tls]}`;

function Sheets({ mailbox, listeners }: Details) {
  const smtp = listeners.smtp.map((each) => reachable(each, location.hostname));
  const users = mailbox.users ?? [];
  const addresses = mailbox.addresses ?? [];
  const [chosen, setChosen] = useState(0);
  const [user, setUser] = useState(users[0]);
  const listener = smtp[chosen] ?? smtp[0]!;
  // Most servers offer AUTH over TLS only. With addresses one can do without.
  const [wantsLogin, setLogin] = useState<boolean>();
  const withLogin = user !== undefined && (wantsLogin ?? (listener.tls !== 'none' || addresses.length === 0));

  const values: SmtpValues = { ...listener, from: 'app@example.com', to: recipientOf(mailbox) };
  const password = user === undefined ? undefined : passwordOf(user);
  if (withLogin) {
    values.user = user;
    if (password !== undefined) values.password = password;
  }
  const rest = {
    base: `${location.origin}/api/mailboxes/${mailbox.id}`,
    ...(listeners.authentication && { login: user === undefined ? `admin:${placeholder}` : `${user}:${password ?? placeholder}` }),
  };

  return (
    <>
      {(smtp.length > 1 || users.length > 0) && (
        <div class="connect-choices">
          {smtp.length > 1 && (
            <label>
              Port{' '}
              <select class="input" value={chosen} onChange={(event) => setChosen(Number(event.currentTarget.value))} data-testid="connect-port">
                {smtp.map((each, i) => (
                  <option key={i} value={i}>
                    {titleOf(each)}
                  </option>
                ))}
              </select>
            </label>
          )}
          {users.length > 1 && (
            <label>
              User{' '}
              <select class="input" value={user} onChange={(event) => setUser(event.currentTarget.value)} data-testid="connect-user">
                {users.map((each) => (
                  <option key={each}>{each}</option>
                ))}
              </select>
            </label>
          )}
          {users.length > 0 && (
            <label>
              <input type="checkbox" checked={withLogin} onChange={(event) => setLogin(event.currentTarget.checked)} data-testid="connect-login" /> Sign in
            </label>
          )}
        </div>
      )}
      <div class="connect-sheets">
        <SmtpSheet values={values} addresses={addresses} users={users} pop3={listeners.pop3 ?? []} imap={listeners.imap ?? []} />
        <ApiSheet values={rest} />
      </div>
      <SnippetPicker smtp={values} rest={rest} />
    </>
  );
}
