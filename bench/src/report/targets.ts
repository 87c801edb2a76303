import { GROWN_MEMORY } from '../measure/drain.ts';
import { MADE_SHARE, type SuiteRecord } from '../measure/record.ts';
import { comparison } from './comparison.ts';

/** A target, and what came of it. */
export interface TargetLine {
  suite: string;
  what: string;
  wanted: string;
  found: string;
  met: boolean;
}

interface Target {
  suites: readonly string[];
  what: string;
  unit: string;
  bound: { atLeast: number } | { atMost: number };
  /** The figure; undefined: it was not measured. */
  of(record: SuiteRecord, all: Record<string, SuiteRecord>): number | undefined;
}

const RATE = '/s';
const perSecond = (rate: number) => ({ unit: RATE, bound: { atLeast: rate } });
const extra =
  (name: string) =>
  ({ extra: all }: SuiteRecord): number | undefined =>
    typeof all?.[name] === 'number' ? all[name] : undefined;

const answerWithin = (suites: readonly string[]): Target[] => [
  { suites, what: 'answer p95', unit: ' ms', bound: { atMost: 100 }, of: ({ answerMs }) => answerMs?.p95 },
  { suites, what: 'answer p99', unit: ' ms', bound: { atMost: 250 }, of: ({ answerMs }) => answerMs?.p99 },
];
const timesOf = (micros: number | undefined, base: number | undefined): number | undefined =>
  micros === undefined || base === undefined ? undefined : micros / base;

const JOINS = ['joins-0', 'joins-100k', 'joins-250k'];
const ORDINARY = ['payments-http-200ms', 'payments-http-200ms-500'];
const PEAK = ['payments-http-peak', 'payments-http-peak-500'];
const BACKLOGS = ['backlog', 'backlog-5m-old'];

const TARGETS: readonly Target[] = [
  { suites: JOINS, what: 'joined', ...perSecond(10_000), of: (record) => record.perSecond },
  {
    suites: JOINS,
    what: 'CPU, times an empty POST with its RS256 check',
    unit: '',
    bound: { atMost: 2.5 },
    of: ({ cpuMicrosPerOp, floorMicrosPerOp }) => timesOf(cpuMicrosPerOp?.total, floorMicrosPerOp?.['empty POST']),
  },
  {
    suites: ['joins-250k'],
    what: 'CPU, times that with nobody waiting',
    unit: '',
    bound: { atMost: 1.1 },
    of: ({ cpuMicrosPerOp }, all) => timesOf(cpuMicrosPerOp?.total, all['joins-0']?.cpuMicrosPerOp?.total),
  },
  { suites: ['holds'], what: 'held', ...perSecond(3_000), of: (record) => record.perSecond },
  { suites: ['holds-contention'], what: 'answered', ...perSecond(5_000), of: (record) => record.perSecond },
  {
    suites: ['holds-contention'],
    what: 'answer p95',
    unit: ' ms',
    bound: { atMost: 50 },
    of: ({ answerMs }) => answerMs?.p95,
  },
  {
    suites: ['payments-wallet-2000'],
    what: 'settled',
    ...perSecond(2_000),
    of: ({ settledPerSecond }) => settledPerSecond,
  },
  ...answerWithin(['payments-wallet-2000']),
  {
    suites: ['payments-wallet-2000'],
    what: 'accepted to CONFIRMED p95',
    unit: ' ms',
    bound: { atMost: 1_000 },
    of: ({ settleMs }) => settleMs?.p95,
  },
  {
    suites: ['payments-wallet-2000'],
    what: 'CPU, times floor',
    unit: '',
    bound: { atMost: 2 },
    of: ({ timesFloor }) => timesFloor,
  },
  { suites: ORDINARY, what: 'settled', ...perSecond(1_500), of: ({ settledPerSecond }) => settledPerSecond },
  ...answerWithin(ORDINARY),
  { suites: PEAK, what: 'accepted', ...perSecond(2_000), of: (record) => record.perSecond },
  ...answerWithin(PEAK),
  { suites: PEAK, what: 'lost', unit: '', bound: { atMost: 0 }, of: extra('neither confirmed nor expired') },
  {
    suites: ['payments-http-peak-500'],
    what: "drained afterwards, of the provider's pace",
    unit: '',
    bound: { atLeast: 0.9 },
    of: extra("drained afterwards, of the provider's pace"),
  },
  { suites: ['journey'], what: 'CONFIRMED', ...perSecond(1_000), of: ({ settledPerSecond }) => settledPerSecond },
  {
    suites: ['journey'],
    what: 'join to CONFIRMED p95',
    unit: ' ms',
    bound: { atMost: 3_000 },
    of: ({ settleMs }) => settleMs?.p95,
  },
  { suites: ['sockets'], what: 'open sockets', unit: '', bound: { atLeast: 10_000 }, of: extra('sockets') },
  {
    suites: ['sockets'],
    what: 'each in the gateway',
    unit: ' kB',
    bound: { atMost: 20 },
    of: extra('kB per socket in the gateway'),
  },
  {
    suites: ['sockets'],
    what: 'slowest push to all',
    unit: ' ms',
    bound: { atMost: 1_000 },
    of: extra('slowest push to all, ms'),
  },
  { suites: BACKLOGS, what: 'drain, end / start', unit: '', bound: { atLeast: 0.9 }, of: extra('end / start') },
  {
    suites: BACKLOGS,
    what: 'memory, end / start',
    unit: '',
    bound: { atMost: GROWN_MEMORY },
    of: extra('memory, end / start'),
  },
  {
    suites: ['idle'],
    what: 'four apps',
    unit: ' % of a core',
    bound: { atMost: 5 },
    of: extra('together % of a core'),
  },
  { suites: ['idle'], what: 'four apps', unit: ' MB', bound: { atMost: 400 }, of: extra('together MB') },
  {
    suites: ['idle'],
    what: 'the slowest to be ready',
    unit: ' s',
    bound: { atMost: 3 },
    of: extra('slowest ready after s'),
  },
];

const ANSWERED_TIMES = 4;
const ANSWER_SHARE = 0.05;

/** The targets of the suites that were measured, each beside what it came to. A record that does not count meets none. */
export function targetLines(records: Record<string, SuiteRecord>): TargetLine[] {
  const lines = TARGETS.flatMap(({ suites, what, unit, bound, of }) =>
    suites.flatMap((suite): TargetLine[] => {
      const record = records[suite];
      if (record === undefined) return [];
      const value = of(record, records);
      const wanted = 'atLeast' in bound ? bound.atLeast : bound.atMost;
      // As a record counts with 99 % of its arrivals, so does the rate that they make.
      const least = unit === RATE ? wanted * MADE_SHARE : wanted;
      const holds = value !== undefined && ('atLeast' in bound ? value >= least : value <= wanted);
      return [
        {
          suite,
          what,
          wanted: `${'atLeast' in bound ? '≥' : '≤'} ${shown(wanted)}${unit}`,
          found:
            value === undefined ? 'not measured' : `${shown(value)}${unit}${record.valid ? '' : ' (does not count)'}`,
          met: holds && record.valid,
        },
      ];
    }),
  );
  return [...lines, ...againstTheOldWay(records)];
}

/** The peak, against the old way with its 500 requests at once and without that cap. */
function againstTheOldWay(records: Record<string, SuiteRecord>): TargetLine[] {
  const peak = comparison(records).filter(({ day }) => day === 'peak');
  const answered = peak.find(({ what }) => what === 'pay answered');
  const answer = peak.find(({ what }) => what === 'answer p50');
  if (answered === undefined || answer === undefined) return [];
  return (['before', 'uncapped'] as const).flatMap((old): TargetLine[] => {
    const against = old === 'before' ? 'before with 500 at once' : 'before without a cap';
    const times = answered.after / answered[old];
    const share = answer.after / answer[old];
    return [
      {
        suite: 'payments-http-peak',
        what: `answered, times ${against}`,
        wanted: `≥ ${ANSWERED_TIMES}`,
        found: shown(times),
        met: times >= ANSWERED_TIMES,
      },
      {
        suite: 'payments-http-peak',
        what: `answer time, of ${against}`,
        wanted: `≤ ${ANSWER_SHARE * 100} %`,
        found: `${shown(share * 100)} %`,
        met: share <= ANSWER_SHARE,
      },
    ];
  });
}

const shown = (value: number): string => String(Math.abs(value) < 100 ? +value.toFixed(2) : Math.round(value));

/** The same for reading. */
export function targetText(lines: readonly TargetLine[]): string {
  if (lines.length === 0) return '';
  const row = (suite: string, what: string, wanted: string, found: string, met: string) =>
    `${suite.padEnd(24)} ${what.padEnd(48)} ${wanted.padStart(16)} ${found.padStart(28)}  ${met}`.trimEnd();
  return [
    row('targets', '', 'wanted', 'came to', ''),
    ...lines.map(({ suite, what, wanted, found, met }) => row(suite, what, wanted, found, met ? 'met' : 'MISSED')),
    `${lines.filter(({ met }) => met).length} of ${lines.length} targets are met`,
  ].join('\n');
}
