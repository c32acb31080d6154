import { signal } from '@preact/signals';
import { api } from '../api/client';
import type { Mailbox } from '../api/types';
import { isShortcutSheetOpen } from '../keyboard/shortcuts';
import { saved, toggleSaved } from '../search/saved';
import { caller, isAdministrator, mailboxes, projects, unreadInAll } from '../state/mailboxes';
import { connection } from '../state/events';
import { hrefTo, route, writeRoute } from '../state/route';
import { theme, type Theme } from '../state/theme';
import { Icon, type IconName } from '../ui/Icon';
import { isNewMailboxOpen } from './dialogs';
import { isSidebarOpen } from './layout';

const placeOf = (scope: number | 'all', query = ''): string =>
  writeRoute({ scope, query, view: 'none', message: undefined, other: undefined, tab: undefined });

export function Sidebar() {
  const isOpen = isSidebarOpen.value;
  return (
    <>
      <nav class={isOpen ? 'sidebar is-open' : 'sidebar'} aria-label="Mailboxes" data-testid="sidebar">
        <header class="pane-header">
          <span class="brand"><img src="/favicon.svg" alt="" width="22" height="22" /> smtpd</span>
          <span class={`live is-${connection.value}`} title={liveText[connection.value]} data-testid="live" data-state={connection.value}><span class="visually-hidden">{liveText[connection.value]}</span></span>
          <span class="spacer" />
          {isOpen && <button type="button" class="button is-plain is-icon only-narrow" onClick={() => (isSidebarOpen.value = false)} aria-label="Close"><Icon name="close" /></button>}
        </header>
        <div class="sidebar-body">
          {mailboxes.value.length > 1 && (
            <Place href={placeOf('all')} isHere={route.value.scope === 'all' && !saved.value.includes(route.value.query)} icon="folder" name="All mailboxes" unread={unreadInAll.value} testId="all-mailboxes" />
          )}
          <Tree />
          {isAdministrator.value && (
            <button type="button" class="place is-action" onClick={() => ((isNewMailboxOpen.value = true), (isSidebarOpen.value = false))} data-testid="open-new-mailbox"><Icon name="plus" /> New mailbox</button>
          )}
          {saved.value.length > 0 && <h2 class="sidebar-title">Saved searches</h2>}
          {saved.value.map((query) => (
            <span class="saved" key={query}>
              <Place href={placeOf(route.value.scope ?? 'all', query)} isHere={route.value.query === query} icon="search" name={query} unread={0} testId="saved-search" />
              <button type="button" class="button is-plain is-icon" aria-label={`Forget ${query}`} onClick={() => toggleSaved(query)} data-testid="forget-search"><Icon name="close" /></button>
            </span>
          ))}
        </div>
        <footer class="sidebar-footer">
          {isAdministrator.value && <a class="button is-plain is-icon" href={hrefTo({ view: 'sessions' })} aria-label="Connections without mail" title="Connections without mail" data-testid="all-sessions"><Icon name="terminal" /></a>}
          <button type="button" class="button is-plain is-icon" onClick={() => (isShortcutSheetOpen.value = true)} aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" data-testid="show-shortcuts"><Icon name="keyboard" /></button>
          <span class="spacer" />
          <ThemeSwitch />
          {caller.value?.signedIn && <button type="button" class="button is-plain is-icon" onClick={() => void signOut()} aria-label="Sign out" title="Sign out" data-testid="sign-out"><Icon name="out" /></button>}
        </footer>
      </nav>
      {isOpen && <div class="backdrop" onClick={() => (isSidebarOpen.value = false)} />}
    </>
  );
}

const liveText = { connecting: 'Connecting', live: 'Live: new mail shows up at once', lost: 'No connection' };

const closed = signal<ReadonlySet<number>>(new Set());

/** Mailboxes under their projects; a single project is not worth a line. */
function Tree() {
  const named = projects.value.filter((project) => mailboxes.value.some((each) => each.project === project.id));
  if (named.length < 2) return <Mailboxes of={mailboxes.value} />;
  return (
    <>
      {named.map((project) => {
        const isClosed = closed.value.has(project.id);
        const flip = () => {
          const next = new Set(closed.value);
          if (!next.delete(project.id)) next.add(project.id);
          closed.value = next;
        };
        return (
          <section key={project.id} data-testid="project">
            <button type="button" class="sidebar-title" aria-expanded={!isClosed} onClick={flip}><Icon name={isClosed ? 'next' : 'down'} /> {project.name}</button>
            {!isClosed && <Mailboxes of={mailboxes.value.filter((each) => each.project === project.id)} />}
          </section>
        );
      })}
    </>
  );
}

const Mailboxes = ({ of }: { of: readonly Mailbox[] }) => (
  <ul>
    {of.map((each) => (
      <li key={each.id} class="mailbox-place">
        <Place href={placeOf(each.id)} isHere={route.value.scope === each.id} icon="inbox" name={each.name} unread={each.unread} testId="mailbox" />
        <a class="button is-plain is-icon" href={writeRoute({ ...route.value, scope: each.id, view: 'connect', query: '' })} aria-label={`Connect to ${each.name}`} title="Connect" data-testid="mailbox-connect"><Icon name="plug" /></a>
      </li>
    ))}
  </ul>
);

const Place = ({ href, isHere, icon, name, unread, testId }: { href: string; isHere: boolean; icon: IconName; name: string; unread: number; testId: string }) => (
  <a class="place" href={href} aria-current={isHere ? 'page' : undefined} title={name} data-testid={testId}>
    <Icon name={icon} />
    <span class="place-name">{name}</span>
    {unread > 0 && <span class="badge is-accent"><span class="visually-hidden">Unread: </span>{unread > 99_999 ? '99k+' : unread.toLocaleString('en')}</span>}
  </a>
);

const themes: [Theme, IconName, string][] = [['system', 'screen', 'As the system'], ['light', 'sun', 'Light'], ['dark', 'moon', 'Dark']];

const ThemeSwitch = () => (
  <div class="switch" role="group" aria-label="Theme">
    {themes.map(([name, icon, label]) => (
      <button key={name} type="button" class="button is-plain is-icon" aria-pressed={theme.value === name} aria-label={label} title={label} onClick={() => (theme.value = name)} data-testid={`theme-${name}`}><Icon name={icon} /></button>
    ))}
  </div>
);

async function signOut(): Promise<void> {
  await api.signOut();
  location.assign('/');
}
