import type { IconName } from '../../ui/Icon';

/** A screen to look at mail on, in CSS pixels; without a width as wide as there is room. */
export interface Device {
  id: string;
  title: string;
  icon: IconName;
  width?: number;
  height?: number;
}

export const devices: readonly Device[] = [
  { id: 'full', title: 'As wide as the pane', icon: 'screen' },
  { id: 'tablet', title: 'Tablet (768 × 1024)', icon: 'tablet', width: 768, height: 1024 },
  { id: 'phone', title: 'Phone (390 × 844)', icon: 'phone', width: 390, height: 844 },
  { id: 'small', title: 'Small phone (320 × 568)', icon: 'phone', width: 320, height: 568 },
];
