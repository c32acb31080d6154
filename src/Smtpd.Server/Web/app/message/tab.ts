import type { ComponentType } from 'preact';
import type { Message } from '../api/types';

/** What every tab of a message gets. */
export interface TabProps {
  message: Message;
}

/** A way to look at a message. */
export interface Tab {
  id: string;
  title: string;
  /** Loaded when it is opened first. */
  load: () => Promise<{ default: ComponentType<TabProps> }>;
}
