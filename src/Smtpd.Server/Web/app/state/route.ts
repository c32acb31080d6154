import { computed, signal } from '@preact/signals';
import { matchRoute } from 'wouter-preact';
import { navigate } from 'wouter-preact/use-browser-location';
import { parse } from 'regexparam';
import type { MessageKey } from '../api/types';

/** What the middle pane lists: a mailbox, or what is found in all of them. */
export type Scope = number | 'all';

/** What the right pane shows. */
export type View = 'message' | 'connect' | 'settings' | 'sessions' | 'compare' | 'none';

/** All that the page shows, as far as a link can say it. */
export interface Route {
  scope: Scope | undefined;
  view: View;
  message: MessageKey | undefined;
  /** The message that `message` is compared with. */
  other: MessageKey | undefined;
  tab: string | undefined;
  query: string;
}

const places: [pattern: string, view: View][] = [
  ['/:scope', 'none'],
  ['/:scope/messages/:mailbox/:uid', 'message'],
  ['/:scope/messages/:mailbox/:uid/compare/:otherMailbox/:otherUid', 'compare'],
  ['/:scope/connect', 'connect'],
  ['/:scope/settings', 'settings'],
  ['/:scope/sessions', 'sessions'],
];

const number = (text: string | undefined): number | undefined => (text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined);

const keyOf = (mailbox: string | undefined, uid: string | undefined): MessageKey | undefined => {
  const [mailboxId, number_] = [number(mailbox), number(uid)];
  return mailboxId !== undefined && number_ !== undefined ? { mailboxId, uid: number_ } : undefined;
};

/** Reads an address. In a mailbox the message's own mailbox is left out: `/mailboxes/1/messages/5`, but `/all/messages/1/5`. */
export function readRoute(path: string, search: string): Route {
  const parameters = new URLSearchParams(search);
  const route: Route = {
    scope: undefined,
    view: 'none',
    message: undefined,
    other: undefined,
    tab: parameters.get('tab') ?? undefined,
    query: parameters.get('q') ?? '',
  };
  const short = path.replace(/^\/mailboxes\/(\d+)/, '/$1').replace(/^\/(\d+)\/messages\/(\d+)(?=\/compare|$)/, '/$1/messages/$1/$2');
  for (const [pattern, view] of places) {
    const [isMatch, found] = matchRoute(parse, pattern, short) as [boolean, Record<string, string> | null];
    if (!isMatch || !found) continue;
    const scope = found['scope'] === 'all' ? 'all' : number(found['scope']);
    if (scope === undefined) continue;
    return {
      ...route,
      scope,
      view,
      message: keyOf(found['mailbox'], found['uid']),
      other: keyOf(found['otherMailbox'], found['otherUid']),
    };
  }
  return route;
}

/** The address of what a route says. */
export function writeRoute(route: Route): string {
  let path = route.scope === undefined ? '/' : route.scope === 'all' ? '/all' : `/mailboxes/${route.scope}`;
  if (route.message && (route.view === 'message' || route.view === 'compare')) {
    path += route.message.mailboxId === route.scope ? `/messages/${route.message.uid}` : `/messages/${route.message.mailboxId}/${route.message.uid}`;
    if (route.view === 'compare' && route.other) path += `/compare/${route.other.mailboxId}/${route.other.uid}`;
  } else if (route.view !== 'none' && route.view !== 'message' && route.view !== 'compare') {
    path += `/${route.view}`;
  }
  const parameters = new URLSearchParams();
  if (route.query) parameters.set('q', route.query);
  if (route.tab && (route.view === 'message' || route.view === 'compare')) parameters.set('tab', route.tab);
  const search = parameters.toString();
  return search ? `${path}?${search}` : path;
}

const address = signal({ path: location.pathname, search: location.search });
const follow = () => (address.value = { path: location.pathname, search: location.search });
// The last two are told by the router's `navigate`.
for (const happened of ['popstate', 'pushState', 'replaceState']) addEventListener(happened, follow);

/** Where we are. */
export const route = computed(() => readRoute(address.value.path, address.value.search));

/** The address of a place that differs from where we are in what is given. */
export const hrefTo = (change: Partial<Route>): string => writeRoute({ ...route.value, ...change });

export const hrefOfMessage = (message: MessageKey): string => hrefTo({ view: 'message', message: { mailboxId: message.mailboxId, uid: message.uid }, other: undefined });

/** Goes there. `replace` leaves no step to go back to: for what changes with every key. */
export function go(change: Partial<Route>, replace = false): void {
  const target = hrefTo(change);
  if (target !== location.pathname + location.search) navigate(target, { replace });
}

export { navigate };
