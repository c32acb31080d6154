import { useEffect, useState } from 'preact/hooks';

export type Loaded<T> = { state: 'loading' } | { state: 'failed'; problem: Error } | { state: 'done'; value: T };

/** What `load` brings for a key; asked again when the key changes. An answer that comes too late is dropped. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [loaded, setLoaded] = useState<{ key: string; value: Loaded<T> }>({ key, value: { state: 'loading' } });
  useEffect(() => {
    let isWanted = true;
    const settle = (value: Loaded<T>) => isWanted && setLoaded({ key, value });
    settle({ state: 'loading' });
    load().then(
      (value) => settle({ state: 'done', value }),
      (problem: unknown) => settle({ state: 'failed', problem: problem instanceof Error ? problem : new Error(String(problem)) }),
    );
    return () => {
      isWanted = false;
    };
  }, [key]);
  return loaded.key === key ? loaded.value : { state: 'loading' };
}
