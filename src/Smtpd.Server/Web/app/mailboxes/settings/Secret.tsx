import { CopyButton } from '../../ui/CopyButton';

/** A user and a password that were just made up. */
export const Secret = ({ user, password }: { user: string; password: string }) => (
  <div class="secret" role="status" data-testid="secret">
    <dl>
      <dt>User</dt>
      <dd>
        <code data-testid="secret-user">{user}</code>
        <CopyButton text={user} label="Copy the user" />
      </dd>
      <dt>Password</dt>
      <dd>
        <code data-testid="secret-password">{password}</code>
        <CopyButton text={password} label="Copy the password" testId="secret-copy" />
      </dd>
    </dl>
    <p class="muted">The server does not keep the password and shows it only now. Copy it.</p>
  </div>
);
