import { api, type Problem } from '../api/client';
import type { Message } from '../api/types';

/** The HTML as it came; empty when there is none. */
export async function htmlOf(message: Message): Promise<string> {
  try {
    return await api.html(message);
  } catch (problem) {
    if ((problem as Problem).status === 404) return '';
    throw problem;
  }
}
