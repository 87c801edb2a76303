import type { SuiteRecord } from '../measure/record.ts';

const COLUMNS: readonly [title: string, width: number, of: (record: SuiteRecord) => string][] = [
  ['offered/s', 10, ({ offeredPerSecond }) => rate(offeredPerSecond)],
  ['answered/s', 11, ({ perSecond }) => rate(perSecond)],
  ['settled/s', 10, ({ settledPerSecond }) => rate(settledPerSecond)],
  ['answer p50/p95/p99 ms', 24, ({ answerMs }) => percentiles(answerMs)],
  ['settle p50/p95/p99 ms', 24, ({ settleMs }) => percentiles(settleMs)],
  ['errors', 7, ({ errors }) => (errors === undefined ? '' : String(errors))],
  ['us/op', 7, ({ cpuMicrosPerOp }) => whole(cpuMicrosPerOp?.total)],
  ['x floor', 8, ({ timesFloor }) => (timesFloor === undefined ? '' : timesFloor.toFixed(2))],
  ['valid', 6, ({ valid }) => (valid ? 'yes' : 'NO')],
];

const rate = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(value < 10 ? 1 : 0));
const whole = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(0));
const ms = (value: number): string => value.toFixed(value < 10 ? 1 : 0);
const percentiles = (of: SuiteRecord['answerMs']): string =>
  of === undefined ? '' : `${ms(of.p50)}/${ms(of.p95)}/${ms(of.p99)}`;

const NAME_WIDTH = 24;

/** The figures of all suites, for reading. */
export function tableText(records: Record<string, SuiteRecord>): string {
  const head = 'suite'.padEnd(NAME_WIDTH) + COLUMNS.map(([title, width]) => title.padStart(width)).join('');
  const lines = Object.entries(records).flatMap(([name, record]) => [
    name.padEnd(NAME_WIDTH) + COLUMNS.map(([, width, of]) => of(record).padStart(width)).join(''),
    ...details(name, record).map((line) => `    ${line}`),
  ]);
  return [head, ...lines].join('\n');
}

/** Microseconds of CPU per settled payment of a raw prototype: bare driver, no HTTP, no tokens, a row per transaction's outbox. */
export const PROTOTYPE_MICROS = 553;

/** Beside the raw prototype, where a suite settles payments. */
export function besidePrototype(name: string, { cpuMicrosPerOp }: SuiteRecord): string | null {
  const total = cpuMicrosPerOp?.total;
  if (total === undefined || !/^(payments|backlog)/.test(name)) return null;
  const times = (total / PROTOTYPE_MICROS).toFixed(2);
  return `${total.toFixed(0)} us a payment, beside the ${PROTOTYPE_MICROS} of the raw prototype without HTTP: ${times} times`;
}

function details(name: string, record: SuiteRecord): string[] {
  const {
    cpuMicrosPerOp,
    generatorMicrosPerOp,
    floorMicrosPerOp,
    workPerOp,
    inFlight,
    invariants,
    extra,
    notes = [],
  } = record;
  const lines: string[] = [];
  if (cpuMicrosPerOp !== undefined) {
    const generator =
      generatorMicrosPerOp === undefined ? '' : ` (beside: load generator ${generatorMicrosPerOp.toFixed(0)})`;
    lines.push(`us of CPU: ${parts(cpuMicrosPerOp)}${generator}`);
  }
  if (floorMicrosPerOp !== undefined) {
    lines.push(`floor: ${parts(floorMicrosPerOp)} = ${floorMicrosPerOp.total?.toFixed(0)}`);
  }
  if (workPerOp !== undefined && Object.keys(workPerOp.redis).length > 0)
    lines.push(`Redis commands, not in the floor: ${commands(workPerOp.redis)}`);
  const beside = besidePrototype(name, record);
  if (beside !== null) lines.push(beside);
  const more = [
    ...(inFlight === undefined ? [] : [`in flight ${inFlight.toFixed(1)}`]),
    ...(invariants === undefined ? [] : [`invariants ${invariants}`]),
    ...Object.entries(extra ?? {}).map(
      ([what, value]) => `${what} ${typeof value === 'number' ? Math.round(value * 100) / 100 : value}`,
    ),
  ];
  if (more.length > 0) lines.push(more.join(' · '));
  return [...lines, ...notes.map((note) => `! ${note}`)];
}

const parts = (micros: Record<string, number>): string =>
  Object.entries(micros)
    .filter(([name]) => name !== 'total')
    .sort(([, a], [, b]) => b - a)
    .map(([name, value]) => `${name} ${value.toFixed(0)}`)
    .join(' · ');

const commands = (redis: Record<string, number>): string =>
  Object.entries(redis)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count.toFixed(2)}`)
    .join(' · ');
