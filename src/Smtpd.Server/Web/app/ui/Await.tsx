import type { ComponentChildren } from 'preact';
import type { Loaded } from './useLoaded';

/** What has been loaded, or that it is on its way, or why it is not there. */
export function Await<T>({ from, children }: { from: Loaded<T>; children: (value: T) => ComponentChildren }) {
  if (from.state === 'loading') return <p class="empty" role="status" data-testid="loading">Loading…</p>;
  if (from.state === 'failed') return <p class="empty" role="alert" data-testid="failed">{from.problem.message}</p>;
  return <>{children(from.value)}</>;
}
