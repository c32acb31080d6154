import { useEffect, useRef } from 'preact/hooks';
import { keyOf } from '../api/types';
import { mailbox, mailboxes } from '../state/mailboxes';
import { hrefTo, route } from '../state/route';
import { isSidebarOpen } from '../shell/layout';
import { SearchBox } from '../search/SearchBox';
import { Icon } from '../ui/Icon';
import { plural } from '../ui/format';
import { BulkBar } from './BulkBar';
import { EmptyList } from './EmptyList';
import { ListMenu } from './ListMenu';
import { MessageRow } from './MessageRow';
import { arrivedAbove, isLoading, list, onShift, openedIndex, problem, selected, version } from './messages';
import { VirtualList, type VirtualListHandle } from './VirtualList';
import './list.css';

const rowHeight = 66;

export function ListPane() {
  const handle = useRef<VirtualListHandle>(null);
  const open = list.value;
  version.value;

  useEffect(
    () =>
      onShift((rows) => {
        if (!handle.current) return;
        if (rows > 0 && !handle.current.isAtTop()) arrivedAbove.value += rows;
        handle.current.shift(rows);
      }),
    [],
  );
  const index = openedIndex.value;
  const key = route.value.message && keyOf(route.value.message);
  useEffect(() => {
    if (index !== undefined) handle.current?.reveal(index);
  }, [key, open]);

  return (
    <section class="list-pane" aria-label="Messages" data-testid="list-pane">
      <ListHeader />
      <SearchBox />
      {selected.value.size > 0 && <BulkBar />}
      {problem.value && <p class="notice is-bad" role="alert" data-testid="list-problem">{problem.value}</p>}
      {arrivedAbove.value > 0 && (
        <button type="button" class="arrived" onClick={() => (handle.current?.toTop(), (arrivedAbove.value = 0))} data-testid="arrived-above">
          <Icon name="up" /> {plural(arrivedAbove.value, 'new message')}
        </button>
      )}
      {open && open.run.total > 0 ? (
        <VirtualList
          key={`${open.scope} ${open.query}`}
          total={open.run.total}
          rowHeight={rowHeight}
          handle={handle}
          label="Messages, the newest first"
          keyOf={(index) => (open.run.at(index) ? keyOf(open.run.at(index)!) : index)}
          row={(index) => {
            const message = open.run.at(index);
            return message ? <MessageRow message={message} /> : <div class="message-row is-missing" aria-hidden="true" />;
          }}
          onShow={(first, last) => open.run.show(first, last)}
          onTop={(isAtTop) => isAtTop && (arrivedAbove.value = 0)}
        />
      ) : (
        open && !isLoading.value && <EmptyList />
      )}
      <footer class="list-footer" data-testid="list-count" role="status">
        {isLoading.value ? 'Loading…' : open ? countOf(open.run.total, open.query, open.run.hasOldest) : ''}
      </footer>
    </section>
  );
}

const countOf = (total: number, query: string, isWhole: boolean): string =>
  query ? (isWhole ? `${plural(total, 'message')} found` : `More than ${plural(total - 1, 'message')} found`) : plural(total, 'message');

function ListHeader() {
  const here = mailbox.value;
  const unread = here?.unread ?? mailboxes.value.reduce((sum, each) => sum + each.unread, 0);
  return (
    <header class="pane-header">
      <button type="button" class="button is-plain is-icon only-narrow" onClick={() => (isSidebarOpen.value = true)} aria-label="Mailboxes" data-testid="open-sidebar">
        <Icon name="menu" />
      </button>
      <h1 class="list-title" data-testid="list-title">{route.value.scope === 'all' ? 'All mailboxes' : (here?.name ?? '')}</h1>
      {unread > 0 && <span class="badge is-accent" data-testid="unread-here" title="Unread">{unread.toLocaleString('en')}</span>}
      <span class="spacer" />
      {here && (
        <a class="button is-plain" href={hrefTo({ view: 'connect' })} data-testid="open-connect">
          <Icon name="plug" /> Connect
        </a>
      )}
      {here && <ListMenu mailbox={here} />}
    </header>
  );
}
