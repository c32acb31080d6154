import { describe, expect, it } from 'vitest';
import { Scale } from './scale';

const of = (rows: number, view = 800) => {
  const scale = new Scale();
  scale.resize(rows * 66, view);
  return scale;
};

describe('Scale', () => {
  it('is the browser\'s own scrolling for an ordinary list', () => {
    const scale = of(1000);
    scale.follow(50_000, 0);
    expect(scale.height).toBe(66_000);
    expect(scale.topOf(50_000)).toBe(50_000);
    expect(scale.settle(50_000)).toBe(50_000);
  });

  it('reaches both ends of a million rows', () => {
    const scale = of(1_000_000);
    scale.follow(scale.height - 800, 0);
    expect(scale.topOf(scale.height - 800)).toBe(66_000_000 - 800);
    scale.follow(0, scale.height - 800);
    expect(scale.topOf(0)).toBe(0);
  });

  it('moves by pixels under the wheel, wherever it is', () => {
    const scale = of(1_000_000);
    scale.follow(3_000_000, 0);
    const before = scale.topOf(3_000_000);
    scale.follow(3_000_120, 3_000_000);
    expect(scale.topOf(3_000_120) - before).toBe(120);
  });

  it('settles without moving what is seen', () => {
    const scale = of(1_000_000);
    let scrollTop = 0;
    for (let i = 0; i < 1000; i++) {
      scale.follow(scrollTop + 500, scrollTop);
      scrollTop += 500;
    }
    const seen = scale.topOf(scrollTop);
    const settled = scale.settle(scrollTop);
    expect(settled).toBeLessThan(scrollTop);
    expect(scale.topOf(settled)).toBe(seen);
  });

  it('has the bar corrected only when one sees that it is wrong', () => {
    const scale = of(1_000_000);
    scale.follow(1320, 0);
    expect(scale.isAstray(1320)).toBe(false);
    scale.follow(4_000_000, 1320);
    expect(scale.isAstray(4_000_000)).toBe(false);
    let scrollTop = 4_000_000;
    for (; !scale.isAstray(scrollTop); scrollTop += 1000) scale.follow(scrollTop + 1000, scrollTop);
    expect(scrollTop).toBeGreaterThan(4_050_000);
    expect(scale.isAstray(scale.settle(scrollTop))).toBe(false);
    expect(of(1000).isAstray(50_000)).toBe(false);
  });

  it('goes where it is told', () => {
    for (const rows of [10, 1000, 1_000_000]) {
      const scale = of(rows);
      const top = Math.max(0, rows * 33 - 800);
      expect(scale.topOf(scale.place(top))).toBe(top);
    }
  });
});
