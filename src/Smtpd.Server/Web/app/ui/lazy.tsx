import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** A component whose code is loaded when it is shown first. */
export function lazy<TProps extends object>(load: () => Promise<{ default: ComponentType<TProps> }>): ComponentType<TProps> {
  let loaded: ComponentType<TProps> | undefined;
  return function Lazy(props: TProps) {
    const [, update] = useState(0);
    const [problem, setProblem] = useState(false);
    useEffect(() => {
      if (loaded) return;
      load().then(
        (module) => {
          loaded = module.default;
          update(1);
        },
        () => setProblem(true),
      );
    }, []);
    if (loaded) {
      const Loaded = loaded;
      return <Loaded {...props} />;
    }
    // A new version of the server has other files.
    return problem ? <p class="empty" role="alert">This part of the page could not be loaded. Load the page again.</p> : <p class="empty" role="status" data-testid="loading">Loading…</p>;
  };
}

