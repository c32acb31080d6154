import type { Shares } from './support';

export const percent = (share: number): string => `${share > 0.995 && share < 1 ? 99 : share > 0 && share < 0.005 ? 1 : Math.round(share * 100)} %`;

/** Full, partial and no support as one bar. The words beside it say the same. */
export const ShareBar = ({ shares }: { shares: Shares }) => (
  <svg class="share-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
    <rect class="is-none" x="0" y="0" width="100" height="8" />
    <rect class="is-partial" x="0" y="0" width={(shares.full + shares.partial) * 100} height="8" />
    <rect class="is-full" x="0" y="0" width={shares.full * 100} height="8" />
  </svg>
);
