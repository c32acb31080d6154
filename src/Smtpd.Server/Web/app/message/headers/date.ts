const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
// RFC 5322 4.3: what old programs write for a zone.
const zones: Record<string, number> = { ut: 0, utc: 0, gmt: 0, z: 0, est: -300, edt: -240, cst: -360, cdt: -300, mst: -420, mdt: -360, pst: -480, pdt: -420, cet: 60, cest: 120 };

/** Reads a date of a header field, in its old forms too. Browsers read it differently, so it is done here. */
export function readDate(text: string): Date | undefined {
  const bare = text.replace(/\([^()]*\)/g, ' ').replace(/\s+/g, ' ').trim();
  const match = /^(?:[a-z]+\s*,?\s*)?(\d{1,2})[\s-]([a-z]{3})[a-z]*[\s-](\d{2,4})\s+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([+-]\d{4}|[a-z]+)?/i.exec(bare);
  if (!match) {
    const iso = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(bare) ? Date.parse(bare) : NaN;
    return Number.isNaN(iso) ? undefined : new Date(iso);
  }
  const [, day, name, yearText, hour, minute, second, zone] = match;
  const month = months.indexOf(name!.toLowerCase());
  if (month < 0) return undefined;
  let year = Number(yearText);
  if (yearText!.length < 4) year += year < 50 ? 2000 : 1900;
  const offset = zone === undefined ? 0 : /^[+-]/.test(zone) ? Math.sign(Number(zone)) * (Math.floor(Math.abs(Number(zone)) / 100) * 60 + (Math.abs(Number(zone)) % 100)) : (zones[zone.toLowerCase()] ?? 0);
  return new Date(Date.UTC(year, month, Number(day), Number(hour), Number(minute), Number(second ?? 0)) - offset * 60_000);
}
