import type { Mailbox } from '../../api/types';
import { isAdministrator } from '../../state/mailboxes';
import { Addresses } from './Addresses';
import { General } from './General';
import { LimitsSection } from './LimitsSection';
import { Removal } from './Removal';
import './settings.css';
import { Users } from './Users';

/** What a mailbox is called, takes and keeps, and who sends to it. */
export default function Settings({ mailbox }: { mailbox: Mailbox }) {
  if (!isAdministrator.value)
    return (
      <p class="empty" data-testid="settings-denied">
        Administrators change the settings of a mailbox.
      </p>
    );
  // Each form begins anew with each mailbox.
  return (
    <div class="settings" key={mailbox.id} data-testid="settings">
      <h1>Settings of {mailbox.name}</h1>
      <General mailbox={mailbox} />
      <LimitsSection mailbox={mailbox} />
      <Addresses mailbox={mailbox} />
      <Users mailbox={mailbox} />
      <Removal mailbox={mailbox} />
    </div>
  );
}
