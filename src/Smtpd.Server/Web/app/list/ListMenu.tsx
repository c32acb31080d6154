import { useRef } from 'preact/hooks';
import type { Mailbox } from '../api/types';
import { api } from '../api/client';
import { complain, toast } from '../shell/toasts';
import { hrefTo, route } from '../state/route';
import { isAdministrator } from '../state/mailboxes';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { plural } from '../ui/format';
import { markAllRead } from './actions';

/** What is done with a whole mailbox. */
export function ListMenu({ mailbox }: { mailbox: Mailbox }) {
  const files = useRef<HTMLInputElement>(null);
  const query = route.value.query;
  const exportHref = (format: string) => `/api/mailboxes/${mailbox.id}/export?format=${format}${query ? '&q=' + encodeURIComponent(query) : ''}`;

  const importFiles = async (chosen: FileList | null) => {
    let count = 0;
    try {
      for (const file of chosen ?? []) count += (await api.importMessage(mailbox.id, file, /\.mbox$/i.test(file.name) ? 'application/mbox' : 'message/rfc822')).imported;
      toast(`${plural(count, 'message')} imported`);
    } catch (problem) {
      complain(problem);
    }
  };
  const empty = async () => {
    if (!confirm(`Delete all ${plural(mailbox.messages, 'message')} of ${mailbox.name}? This cannot be undone.`)) return;
    try {
      while ((await api.removeAll(mailbox.id)).more);
    } catch (problem) {
      complain(problem);
    }
  };

  return (
    <>
      <Menu label="More for this mailbox" testId="list-menu" icon="more">
        <button type="button" onClick={() => void markAllRead(mailbox.id)} data-testid="mark-all-read"><Icon name="read" /> Mark all read</button>
        <button type="button" onClick={() => files.current?.click()} data-testid="import"><Icon name="upload" /> Import .eml or .mbox</button>
        <a href={exportHref('zip')} download data-testid="export-zip"><Icon name="download" /> Export {query ? 'what is found' : 'all'} as .zip</a>
        <a href={exportHref('mbox')} download data-testid="export-mbox"><Icon name="download" /> Export {query ? 'what is found' : 'all'} as .mbox</a>
        <a href={hrefTo({ view: 'sessions' })} data-testid="sessions"><Icon name="terminal" /> Connections without mail</a>
        {isAdministrator.value && <a href={hrefTo({ view: 'settings' })} data-testid="settings"><Icon name="settings" /> Settings</a>}
        <button type="button" class="is-danger" onClick={() => void empty()} data-testid="delete-all"><Icon name="trash" /> Delete all messages</button>
      </Menu>
      <input type="file" hidden multiple accept=".eml,.mbox,message/rfc822,application/mbox" ref={files} onChange={(event) => void importFiles(event.currentTarget.files)} data-testid="import-files" />
    </>
  );
}
