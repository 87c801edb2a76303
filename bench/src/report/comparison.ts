import type { SuiteRecord } from '../measure/record.ts';

const DAYS = ['200ms', 'peak'] as const;

/** A line of the comparison: what it is, the old way with its cap and without, the new one, and how they stand. */
export interface ComparisonLine {
  day: string;
  what: string;
  before: number;
  uncapped: number;
  after: number;
  unit: string;
  /** By which factor the new one is better than the better of the old ones; below 1 the old way wins. */
  better: number;
}

const FIGURES: readonly {
  what: string;
  unit: string;
  moreIsBetter: boolean;
  of: (record: SuiteRecord) => number | undefined;
}[] = [
  { what: 'pay answered', unit: '/s', moreIsBetter: true, of: ({ perSecond }) => perSecond },
  { what: 'settled', unit: '/s', moreIsBetter: true, of: ({ settledPerSecond }) => settledPerSecond },
  { what: 'answer p50', unit: 'ms', moreIsBetter: false, of: ({ answerMs }) => answerMs?.p50 },
  { what: 'answer p95', unit: 'ms', moreIsBetter: false, of: ({ answerMs }) => answerMs?.p95 },
  {
    what: 'pay to CONFIRMED p50',
    unit: 'ms',
    moreIsBetter: false,
    of: ({ answerMs, settleMs }) => (answerMs === undefined ? undefined : answerMs.p50 + (settleMs?.p50 ?? 0)),
  },
  { what: 'requests in flight', unit: '', moreIsBetter: false, of: ({ inFlight }) => inFlight },
  { what: 'CPU per payment', unit: 'us', moreIsBetter: false, of: ({ cpuMicrosPerOp }) => cpuMicrosPerOp?.total },
];

/** Design §1's comparison, from the records of one run; empty where one of them is missing or of another run. */
export function comparison(records: Record<string, SuiteRecord>): ComparisonLine[] {
  return DAYS.flatMap((day) => {
    const before = records[`before-${day}`];
    const uncapped = records[`before-${day}-uncapped`];
    const after = records[`payments-http-${day}`];
    if (before === undefined || uncapped === undefined || after === undefined) return [];
    if (new Set([before.runAt, uncapped.runAt, after.runAt]).size > 1) return [];
    return FIGURES.flatMap(({ what, unit, moreIsBetter, of }) => {
      const [old, free, now] = [of(before), of(uncapped), of(after)];
      if (old === undefined || free === undefined || now === undefined) return [];
      const better = moreIsBetter ? now / Math.max(old, free) : Math.min(old, free) / now;
      return [{ day, what, unit, before: old, uncapped: free, after: now, better }];
    });
  });
}

/** The same for reading. */
export function comparisonText(lines: readonly ComparisonLine[]): string {
  if (lines.length === 0) return '';
  const number = (value: number): string => value.toFixed(value < 10 ? 1 : 0);
  const row = (...cells: string[]) =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(34) : cell.padStart(16))).join('');
  return [
    row('before and after', 'before, 500', 'before, no cap', 'after', ''),
    ...lines.map(({ day, what, unit, before, uncapped, after, better }) =>
      row(
        `${day}: ${what}${unit === '' ? '' : ` ${unit}`}`,
        number(before),
        number(uncapped),
        number(after),
        better >= 1 ? `${better.toFixed(1)} times better` : 'the old way wins',
      ),
    ),
  ].join('\n');
}
