import { useEffect, useState } from 'preact/hooks';
import { api, request } from '../../api/client';
import type { MessageKey } from '../../api/types';

export type PreviewState = { state: 'loading' } | { state: 'none' } | { state: 'failed'; text: string } | { state: 'done'; blocked: number };

/** Whether there is HTML to show, and how much of it was left out. The frame itself, whose origin is nobody's, cannot be asked. */
export function usePreview(message: MessageKey, source: string): PreviewState {
  const [preview, setPreview] = useState<PreviewState>({ state: 'loading' });
  useEffect(() => {
    let isWanted = true;
    look(message, source).then(
      (found) => isWanted && setPreview(found),
      (problem: unknown) => isWanted && setPreview({ state: 'failed', text: problem instanceof Error ? problem.message : String(problem) }),
    );
    return () => {
      isWanted = false;
    };
  }, [source]);
  return preview;
}

async function look(message: MessageKey, source: string): Promise<PreviewState> {
  const parts = await api.parts(message);
  if (!parts.some((each) => each.contentType === 'text/html' && !each.attachment)) return { state: 'none' };
  const response = await request(source, { method: 'HEAD' });
  return { state: 'done', blocked: Number(response.headers.get('Smtpd-Blocked-Loads') ?? 0) };
}
