import { useEffect } from 'preact/hooks';
import { isSignInNeeded } from '../api/client';
import { ListPane } from '../list/ListPane';
import { RightPane } from './RightPane';
import { isLoaded, loadMailboxes, mailboxes } from '../state/mailboxes';
import { listen } from '../state/events';
import { go, route } from '../state/route';
import { lazy } from '../ui/lazy';
import { ConnectionNotice } from './ConnectionNotice';
import { isNewMailboxOpen } from './dialogs';
import { followLinks } from './links';
import { Palette } from '../keyboard/Palette';
import { listenToKeys } from '../keyboard/shortcuts';
import { ShortcutSheet } from '../keyboard/ShortcutSheet';
import { Sidebar } from './Sidebar';
import { SignIn } from './SignIn';
import { Toasts } from './Toasts';
import { problem as startProblem, showUnread } from './start';
import './shell.css';

const NewMailbox = lazy(() => import('../mailboxes/settings/NewMailbox'));

export function App() {
  useEffect(() => {
    followLinks();
    listenToKeys();
    showUnread();
    void start();
  }, []);

  if (isSignInNeeded.value) return <SignIn onDone={start} />;
  if (!isLoaded.value) return <p class="empty" role={startProblem.value ? 'alert' : 'status'} data-testid="starting">{startProblem.value ?? 'Loading…'}</p>;
  const { scope, view } = route.value;
  return (
    <div class={`app ${view === 'none' ? 'is-list' : 'is-detail'}`} data-testid="app">
      <a class="skip-link" href="#content">Skip to the message</a>
      <Sidebar />
      {scope !== undefined && <ListPane />}
      <main id="content" class="right-pane" tabIndex={-1} data-testid="right-pane">
        <ConnectionNotice />
        <RightPane />
      </main>
      {isNewMailboxOpen.value && <NewMailbox onClose={() => (isNewMailboxOpen.value = false)} />}
      <Palette />
      <ShortcutSheet />
      <Toasts />
    </div>
  );
}

async function start(): Promise<void> {
  try {
    await loadMailboxes();
    isSignInNeeded.value = false;
    listen();
    // The page was opened without saying which mailbox.
    const first = mailboxes.value[0];
    if (route.value.scope === undefined) go({ scope: first?.id ?? 'all' }, true);
  } catch (problem) {
    if ((problem as { status?: number }).status === 401) isSignInNeeded.value = true;
    else startProblem.value = problem instanceof Error ? problem.message : String(problem);
  }
}
