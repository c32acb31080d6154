import { lazy } from '../ui/lazy';
import { list, opened, openProblem } from '../list/messages';
import { MessagePane } from '../message/MessagePane';
import { mailbox } from '../state/mailboxes';
import { route } from '../state/route';

const Sessions = lazy(() => import('../sessions/Sessions'));

/** What stands beside the list; without anything chosen, how to send mail to the mailbox while it is empty. */
export function RightPane() {
  const { view, scope } = route.value;
  switch (view) {
    case 'message':
      if (openProblem.value) return <p class="empty" role="alert" data-testid="message-problem">{openProblem.value}</p>;
      return opened.value ? <MessagePane message={opened.value} /> : <p class="empty" role="status">Loading…</p>;
    case 'sessions':
      return <Sessions scope={scope} />;
    default:
      if (mailbox.value && mailbox.value.messages === 0 && list.value?.query === '') return <p class="empty">Connect</p>;
      return <p class="empty" data-testid="nothing-open">Choose a message.</p>;
  }
}
