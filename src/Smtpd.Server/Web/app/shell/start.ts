import { effect, signal } from '@preact/signals';
import { mailbox, unreadInAll } from '../state/mailboxes';
import { opened } from '../list/messages';
import { route } from '../state/route';

/** Why the page cannot start. */
export const problem = signal<string | undefined>(undefined);

/** Shows in the title and in the icon how much is unread. */
export function showUnread(): void {
  effect(() => {
    const place = route.value.scope === 'all' ? 'All mailboxes' : (mailbox.value?.name ?? 'smtpd');
    const what = route.value.view === 'message' && opened.value ? opened.value.subject || 'No subject' : place;
    const unread = mailbox.value?.unread ?? unreadInAll.value;
    document.title = `${unread > 0 ? `(${unread.toLocaleString('en')}) ` : ''}${what} · smtpd`;
  });
  effect(() => {
    const icon = document.getElementById('favicon') as HTMLLinkElement;
    icon.href = unreadInAll.value > 0 ? '/favicon-unread.svg' : '/favicon.svg';
  });
}
