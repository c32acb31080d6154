import type { Part } from '../../api/types';

/** How deep a part lies; its path has a number for each level. Deeper than a pane is wide it stays where it is. */
export const depthOf = (part: Pick<Part, 'path'>): number => Math.min(12, part.path.split('.').length - 1);

export const isText = (part: Pick<Part, 'contentType' | 'children'>): boolean =>
  part.children === 0 && /^(text\/|message\/|application\/(json|xml|javascript|ics)|application\/.*\+(json|xml)$)/.test(part.contentType);
