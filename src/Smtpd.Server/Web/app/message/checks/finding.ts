export type Severity = 'bad' | 'warn' | 'info' | 'good';

/** Something that a check has to say. */
export interface Finding {
  /** Stable: tests and links name it. */
  id: string;
  severity: Severity;
  title: string;
  /** Why it matters. */
  explanation: string;
  /** What to do. */
  advice?: string;
  /** Lines of the HTML source, from 1. */
  lines?: number[];
  /** What it was found in: addresses, header lines. */
  examples?: string[];
}

export interface Group {
  id: string;
  title: string;
  findings: Finding[];
}

const order: Severity[] = ['bad', 'warn', 'info', 'good'];

/** The worst first; otherwise as they came. */
export const bySeverity = (findings: Finding[]): Finding[] =>
  findings.slice().sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));

export type Score = Record<Severity, number>;

export function score(groups: Group[]): Score {
  const counts: Score = { bad: 0, warn: 0, info: 0, good: 0 };
  for (const finding of groups.flatMap((group) => group.findings)) counts[finding.severity]++;
  return counts;
}

/** Numbers from small to large, each once. */
export const lineNumbers = (lines: Iterable<number>): number[] => [...new Set(lines)].sort((a, b) => a - b);
