import { useEffect, useState } from 'preact/hooks';
import { Problem, request } from '../../api/client';

export type PreviewState = { state: 'loading' } | { state: 'none' } | { state: 'failed'; text: string } | { state: 'done'; blocked: number };

/** Whether there is HTML to show, and how much of it was left out. The frame itself, whose origin is nobody's, cannot be asked. */
export function usePreview(source: string): PreviewState {
  const [preview, setPreview] = useState<PreviewState>({ state: 'loading' });
  useEffect(() => {
    let isWanted = true;
    request(source, { method: 'HEAD' }).then(
      (response) => isWanted && setPreview({ state: 'done', blocked: Number(response.headers.get('Smtpd-Blocked-Loads') ?? 0) }),
      (problem: unknown) => isWanted && setPreview(problem instanceof Problem && problem.status === 404 ? { state: 'none' } : { state: 'failed', text: String((problem as Error).message) }),
    );
    return () => {
      isWanted = false;
    };
  }, [source]);
  return preview;
}
