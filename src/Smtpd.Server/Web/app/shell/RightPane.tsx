import { api } from '../api/client';
import { keyOf, type MessageKey } from '../api/types';
import { list, opened, openProblem } from '../list/messages';
import { MessagePane } from '../message/MessagePane';
import { mailbox } from '../state/mailboxes';
import { route } from '../state/route';
import { Await } from '../ui/Await';
import { lazy } from '../ui/lazy';
import { useLoaded } from '../ui/useLoaded';

const Compare = lazy(() => import('../compare/Compare'));
const Connect = lazy(() => import('../mailboxes/connect/Connect'));
const Settings = lazy(() => import('../mailboxes/settings/Settings'));
const Sessions = lazy(() => import('../sessions/Sessions'));

/** What stands beside the list; without anything chosen, how to send mail to the mailbox while it is empty. */
export function RightPane() {
  const { view, scope, message, other } = route.value;
  switch (view) {
    case 'message':
      if (openProblem.value) return <p class="empty" role="alert" data-testid="message-problem">{openProblem.value}</p>;
      return opened.value ? <MessagePane message={opened.value} /> : <p class="empty" role="status">Loading…</p>;
    case 'compare':
      return message && other ? <Pair left={message} right={other} /> : null;
    case 'connect':
      return mailbox.value ? <Connect mailbox={mailbox.value} /> : null;
    case 'settings':
      return mailbox.value ? <Settings mailbox={mailbox.value} /> : null;
    case 'sessions':
      return <Sessions scope={scope} />;
    default:
      if (mailbox.value && mailbox.value.messages === 0 && list.value?.query === '') return <Connect mailbox={mailbox.value} />;
      return <p class="empty" data-testid="nothing-open">Choose a message.</p>;
  }
}

function Pair({ left, right }: { left: MessageKey; right: MessageKey }) {
  const both = useLoaded(`${keyOf(left)} ${keyOf(right)}`, () => Promise.all([api.message(left), api.message(right)]));
  return <Await from={both}>{([first, second]) => <Compare left={first} right={second} />}</Await>;
}
