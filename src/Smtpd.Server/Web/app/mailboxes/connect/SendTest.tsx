import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Mailbox } from '../../api/types';
import { Icon } from '../../ui/Icon';
import { testMail } from './testMail';
import { recipientOf } from './values';

type State = { kind: 'ready' } | { kind: 'sending' } | { kind: 'sent' } | { kind: 'failed'; why: string };

/** Puts a mail into the mailbox, so that there is something to look at. */
export function SendTest({ mailbox }: { mailbox: Mailbox }) {
  const [state, setState] = useState<State>({ kind: 'ready' });
  const send = async () => {
    setState({ kind: 'sending' });
    const id = [...crypto.getRandomValues(new Uint8Array(8))].map((octet) => octet.toString(16).padStart(2, '0')).join('');
    const mail = new Blob([testMail(recipientOf(mailbox), new Date(), id)]);
    try {
      const { imported } = await api.importMessage(mailbox.id, mail, 'message/rfc822');
      setState(imported > 0 ? { kind: 'sent' } : { kind: 'failed', why: 'The mailbox refused it.' });
    } catch (problem) {
      setState({ kind: 'failed', why: problem instanceof Error ? problem.message : String(problem) });
    }
  };
  return (
    <div class="send-test">
      <button type="button" class="button is-primary" disabled={state.kind === 'sending'} onClick={send} data-testid="send-test">
        <Icon name="inbox" /> Send a test message to this mailbox
      </button>
      <span role="status" class={state.kind === 'failed' ? 'is-failed' : 'muted'} data-testid="send-test-state">
        {state.kind === 'sent' ? 'It is in the list.' : state.kind === 'failed' ? state.why : ''}
      </span>
    </div>
  );
}
