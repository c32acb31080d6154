import type { Header, Message } from '../../api/types';
import { envelopeFacts, type EnvelopeFacts, type Recipient } from './envelope';

const senders: Record<EnvelopeFacts['sender'], string> = {
  author: 'The same as From.',
  sameDomain: 'Another address of From’s domain: bounces go there.',
  other: 'Another domain than From’s: SPF counts for DMARC only if they agree.',
  null: 'The null sender: nobody wants bounces of it, as for bounces and automatic answers.',
  noAuthor: 'The mail has no From to compare with.',
};

const places: Record<Recipient['named'], { title: string; mark: string }> = {
  To: { title: 'in To', mark: '' },
  Cc: { title: 'in Cc', mark: '' },
  Bcc: { title: 'in Bcc, which everyone can read', mark: 'is-bad' },
  hidden: { title: 'blind copy (Bcc)', mark: 'is-accent' },
};

/** What was said on the way (RFC 5321), beside what the mail says of itself. */
export function EnvelopeView({ message, fields }: { message: Message; fields: Header[] }) {
  const facts = envelopeFacts(message, fields);
  const { envelope, from } = message;
  const returnPath = fields.find((field) => field.name.toLowerCase() === 'return-path')?.value;
  return (
    <section aria-labelledby="headers-envelope" data-testid="headers-envelope">
      <h2 id="headers-envelope">Envelope</h2>
      <dl class="facts card">
        <div data-testid="envelope-from">
          <dt>MAIL FROM</dt>
          <dd>
            <code>{envelope.from || '<>'}</code>
            <p class="muted">{senders[facts.sender]}</p>
          </dd>
        </div>
        <div>
          <dt>From</dt>
          <dd>{from ? <code>{from.address}</code> : <span class="muted">missing</span>}</dd>
        </div>
        {returnPath !== undefined && (
          <div>
            <dt>Return-Path</dt>
            <dd>
              <code>{returnPath}</code>
              <p class="muted">It came with the mail; a server before wrote it.</p>
            </dd>
          </div>
        )}
        <div data-testid="envelope-to">
          <dt>RCPT TO</dt>
          <dd>
            <ul>
              {facts.recipients.map(({ address, named }, i) => (
                <li key={i} data-testid={`recipient-${named.toLowerCase()}`}>
                  <code>{address}</code> <span class={`badge ${places[named].mark}`}>{places[named].title}</span>
                </li>
              ))}
            </ul>
          </dd>
        </div>
        {facts.elsewhere.length > 0 && (
          <div data-testid="envelope-elsewhere">
            <dt>Named only</dt>
            <dd>
              <code>{facts.elsewhere.join(', ')}</code>
              <p class="muted">In To or Cc, but not among the recipients of this copy.</p>
            </dd>
          </div>
        )}
        <div>
          <dt>Client</dt>
          <dd>
            <code>{envelope.helo || 'no name'}</code> {envelope.remoteAddress && <span class="muted">({envelope.remoteAddress})</span>}
            <p class="muted">
              {envelope.tls ?? 'No TLS'}. {envelope.user ? `Signed in as ${envelope.user}.` : 'Not signed in.'}
            </p>
          </dd>
        </div>
      </dl>
    </section>
  );
}
