import { useEffect, useState } from 'preact/hooks';
import { connection } from '../state/events';

/** Short interruptions are nobody's concern: browsers come back within seconds. */
const patience = 1500;

/** Says when what is shown may be old, and when it no longer is. */
export function ConnectionNotice() {
  const [shown, setShown] = useState<'nothing' | 'lost' | 'back'>('nothing');
  const state = connection.value;
  useEffect(() => {
    if (state === 'lost') {
      const timer = setTimeout(() => setShown('lost'), patience);
      return () => clearTimeout(timer);
    }
    if (shown === 'lost' && state === 'live') {
      setShown('back');
      const timer = setTimeout(() => setShown('nothing'), 3000);
      return () => clearTimeout(timer);
    }
    return undefined;
  }, [state]);
  if (shown === 'nothing') return null;
  return shown === 'lost' ? (
    <p class="notice is-warn" role="alert" data-testid="connection-lost">The connection to the server is lost. New mail shows up when it is back.</p>
  ) : (
    <p class="notice" role="status" data-testid="connection-back">The connection is back, and nothing was missed.</p>
  );
}
