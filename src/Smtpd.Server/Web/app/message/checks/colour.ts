/** Red, green, blue from 0 to 255. */
export type Colour = [number, number, number];

const names: Record<string, string> = {
  aqua: '0ff', black: '000', blue: '00f', brown: 'a52a2a', crimson: 'dc143c', cyan: '0ff', darkblue: '00008b', darkgray: 'a9a9a9', darkgreen: '006400', darkgrey: 'a9a9a9',
  darkred: '8b0000', dimgray: '696969', dimgrey: '696969', fuchsia: 'f0f', gold: 'ffd700', gray: '808080', green: '008000', grey: '808080', lightblue: 'add8e6',
  lightgray: 'd3d3d3', lightgreen: '90ee90', lightgrey: 'd3d3d3', lime: '0f0', magenta: 'f0f', maroon: '800000', navy: '000080', olive: '808000', orange: 'ffa500',
  pink: 'ffc0cb', purple: '800080', red: 'f00', silver: 'c0c0c0', teal: '008080', tomato: 'ff6347', white: 'fff', whitesmoke: 'f5f5f5', yellow: 'ff0',
};

/** Reads a colour that hides nothing behind it; `undefined` when it is see-through or not understood. */
export function readColour(text: string): Colour | undefined {
  const value = text.trim().toLowerCase();
  const hex = /^#?([\da-f]{6}|[\da-f]{3})$/.exec(names[value] ?? value)?.[1];
  if (hex) {
    const digits = hex.length === 3 ? [...hex].map((digit) => digit + digit) : hex.match(/../g)!;
    return digits.map((digit) => parseInt(digit, 16)) as Colour;
  }
  const rgb = /^rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*(1|1\.0+|100%)\s*)?\)$/.exec(value);
  return rgb ? ([Number(rgb[1]), Number(rgb[2]), Number(rgb[3])] as Colour) : undefined;
}

/** WCAG 2: 1 for the same colour, 21 for black on white. */
export function contrast(a: Colour, b: Colour): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4)) as Colour;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
