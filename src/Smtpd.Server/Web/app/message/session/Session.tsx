import { api, Problem } from '../../api/client';
import { keyOf } from '../../api/types';
import { Await } from '../../ui/Await';
import { CopyButton } from '../../ui/CopyButton';
import { useLoaded } from '../../ui/useLoaded';
import type { TabProps } from '../tab';
import { Dialogue } from './Dialogue';

/** The SMTP dialogue that brought the message, and what is known of the connection. */
export default function Session({ message }: TabProps) {
  const transcript = useLoaded(keyOf(message), () => api.transcript(message).catch((problem: unknown) => {
    if (problem instanceof Problem && (problem.status === 404 || problem.status === 403)) return problem;
    throw problem;
  }));
  const { envelope } = message;
  return (
    <div class="tab-body session">
      <dl class="facts" data-testid="envelope">
        <div><dt>MAIL FROM</dt><dd class="mono">{`<${envelope.from}>`}</dd></div>
        <div><dt>RCPT TO</dt><dd class="mono">{envelope.to.map((each) => `<${each}>`).join(' ')}</dd></div>
        <div><dt>Client</dt><dd>{envelope.remoteAddress ?? 'unknown'}{envelope.helo && <> as <span class="mono">{envelope.helo}</span></>}</dd></div>
        <div><dt>TLS</dt><dd>{envelope.tls ?? 'none'}</dd></div>
        <div><dt>User</dt><dd>{envelope.user ?? 'not logged in'}</dd></div>
      </dl>
      <Await from={transcript}>
        {(value) => (value instanceof Problem ? <p class="muted" data-testid="no-transcript">{value.message}</p> : (
          <>
            <div class="session-bar"><h2>Dialogue</h2><CopyButton text={value} label="Copy the dialogue" testId="copy-transcript" /></div>
            <Dialogue text={value} />
          </>
        ))}
      </Await>
    </div>
  );
}
