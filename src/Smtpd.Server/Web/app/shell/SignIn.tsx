import { useState } from 'preact/hooks';
import { api } from '../api/client';
import { Icon } from '../ui/Icon';

/** Administrators have a token, users of a mailbox the name and password that they send with. */
export function SignIn({ onDone }: { onDone: () => Promise<void> }) {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const onSubmit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await api.signIn(user.trim() || 'admin', password);
      await onDone();
    } catch (failure) {
      setProblem(failure instanceof Error ? failure.message : String(failure));
    } finally {
      setBusy(false);
    }
  };

  return (
    <main class="sign-in">
      <form class="card sign-in-card" onSubmit={onSubmit} data-testid="sign-in">
        <h1><Icon name="inbox" /> smtpd</h1>
        <p class="muted">Sign in with the name and password of a mailbox’s user, or as an administrator with the token.</p>
        <label class="field">
          <span>User</span>
          <input class="input" autocomplete="username" placeholder="admin" value={user} onInput={(event) => setUser(event.currentTarget.value)} data-testid="sign-in-user" />
        </label>
        <label class="field">
          <span>Password or token</span>
          <input class="input" type="password" autocomplete="current-password" required value={password} onInput={(event) => setPassword(event.currentTarget.value)} data-testid="sign-in-password" />
        </label>
        {problem && <p class="notice is-bad" role="alert" data-testid="sign-in-problem">{problem}</p>}
        <button type="submit" class="button is-primary" disabled={isBusy} data-testid="sign-in-submit">Sign in</button>
      </form>
    </main>
  );
}
