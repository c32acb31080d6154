import type { Tab } from './tab';

/** The ways to look at a message, in their order. */
export const tabs: readonly Tab[] = [
  { id: 'preview', title: 'Preview', load: () => import('./preview/Preview') },
  { id: 'text', title: 'Text', load: () => import('./text/Text') },
  { id: 'source', title: 'HTML source', load: () => import('./source/Source') },
  { id: 'codes', title: 'Codes & links', load: () => import('./codes/Codes') },
  { id: 'headers', title: 'Headers', load: () => import('./headers/Headers') },
  { id: 'parts', title: 'MIME', load: () => import('./parts/Parts') },
  { id: 'raw', title: 'Raw', load: () => import('./raw/Raw') },
  { id: 'session', title: 'Session', load: () => import('./session/Session') },
  { id: 'checks', title: 'Checks', load: () => import('./checks/Checks') },
  { id: 'attachments', title: 'Attachments', load: () => import('./attachments/Attachments') },
];
