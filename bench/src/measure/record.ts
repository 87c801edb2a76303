import type { WorkPerOp } from '../floor/work.ts';
import { type CpuTimes, microsPerOp } from './cpu.ts';
import type { DrainSample } from './drain.ts';
import { Latencies, type Percentiles } from './latency.ts';
import type { MeasuredLoad } from './measured-load.ts';

/** What a suite came to: the shape of latest.json (what does not apply is left out), and below it what plots need. */
export interface SuiteRecord {
  /** What it was measured at: latest.json may hold suites of several runs. */
  commit?: string;
  /** When the run began that it is of, ISO 8601: figures of one run compare with each other. */
  runAt?: string;
  offeredPerSecond?: number;
  /** Answered as expected, within the window. */
  perSecond?: number;
  settledPerSecond?: number;
  answerMs?: Percentiles;
  /** From the answer to the settlement. */
  settleMs?: Percentiles;
  /** Of the requests offered in the window. */
  errors?: number;
  cpuMicrosPerOp?: Record<string, number>;
  /** Of the load generator, which is not part of the system. */
  generatorMicrosPerOp?: number;
  timesFloor?: number;
  /** The least that it can cost: an empty POST, and the same rows and messages in batches of 400. */
  floorMicrosPerOp?: Record<string, number>;
  workPerOp?: WorkPerOp;
  /** Requests in flight on average: rate × answer time (Little's law). */
  inFlight?: number;
  invariants?: string;
  valid: boolean;
  /** Why it is not valid, or what one should know. */
  notes?: string[];
  /** What only this suite has. */
  extra?: Record<string, number | string>;
  curve?: [percentile: number, ms: number][];
  settleCurve?: [percentile: number, ms: number][];
  /** How a drain went on. */
  drain?: DrainSample[];
  /** One entry per second from the start of the load, warm-up included. */
  timeline?: { offered: number; answered: number; settled?: number; lag?: number; p95Ms: number }[];
}

export const MADE_SHARE = 0.99;
export const ERROR_SHARE = 0.001;
const SECOND_MS = 1_000;

/** When request i was settled, in ms of the load's clock; NaN if it was not. */
export type SettledAt = (request: number) => number;

/** What a load settles, where it does. */
export interface Settling {
  at: SettledAt;
  /** Seconds of arrivals that may be unsettled at the window's end; null: any number, they are told apart. 1 unless given. */
  lagSeconds?: number | null;
}

/** Puts a load's figures together, and judges whether they count. */
export function recordOf(
  { load, fromMs, toMs, before, after }: MeasuredLoad,
  expected: ReadonlySet<number>,
  { at: settledAt, lagSeconds = 1 }: Partial<Settling> = {},
): SuiteRecord {
  const { intendedMs, sentMs, answeredMs, status } = load;
  const seconds = (toMs - fromMs) / SECOND_MS;
  const inWindow = (ms: number) => ms >= fromMs && ms < toMs;
  const answers = new Latencies();
  const settles = new Latencies();
  const timeline = Array.from({ length: Math.ceil(toMs / SECOND_MS) }, () => ({ offered: 0, answered: 0, settled: 0 }));
  const perSecond = timeline.map(() => new Latencies());
  const count = (ms: number, what: 'offered' | 'answered' | 'settled') => {
    const slot = timeline[Math.floor(ms / SECOND_MS)];
    if (slot !== undefined) slot[what]++;
  };
  let offered = 0;
  let made = 0;
  let errors = 0;
  let answered = 0;
  let settled = 0;
  let acceptedByEnd = 0;
  let settledByEnd = 0;
  for (let request = 0; request < intendedMs.length; request++) {
    const intended = intendedMs[request] as number;
    const answeredAt = answeredMs[request] as number;
    const ok = expected.has(status[request] as number);
    count(intended, 'offered');
    if (inWindow(intended)) {
      offered++;
      if ((sentMs[request] as number) < toMs) made++;
      if (ok) answers.add(answeredAt - intended);
      else errors++;
    }
    if (!ok) continue;
    count(answeredAt, 'answered');
    perSecond[Math.floor(intended / SECOND_MS)]?.add(answeredAt - intended);
    if (inWindow(answeredAt)) answered++;
    if (settledAt === undefined) continue;
    if (answeredAt < toMs) acceptedByEnd++;
    const settledMs = settledAt(request);
    if (Number.isNaN(settledMs)) continue;
    count(settledMs, 'settled');
    if (settledMs < toMs) settledByEnd++;
    if (inWindow(settledMs)) settled++;
    // The broker's clock has whole milliseconds.
    if (inWindow(answeredAt)) settles.add(Math.max(0, settledMs - answeredAt));
  }
  const notes: string[] = [];
  if (made < offered * MADE_SHARE) notes.push(`only ${percent(made / offered)} of the offered arrivals were made`);
  if (errors > offered * ERROR_SHARE) notes.push(`${errors} errors in ${offered}: ${load.complaints.join(' | ')}`);
  const lag = acceptedByEnd - settledByEnd;
  if (settledAt !== undefined && lagSeconds !== null && lag > (lagSeconds * offered) / seconds) {
    notes.push(`${lag} were not settled at the end of the window, more than arrive in ${lagSeconds} s`);
  }
  // Where the settling goes on long after the window, what is done in it is the accepting.
  const operations = settledAt === undefined || lagSeconds === null ? answered : settled;
  return {
    offeredPerSecond: offered / seconds,
    perSecond: answered / seconds,
    ...(settledAt === undefined ? {} : { settledPerSecond: settled / seconds, settleMs: settles.percentiles() }),
    answerMs: answers.percentiles(),
    errors,
    cpuMicrosPerOp: withTotal(microsPerOp(before.cpu, after.cpu, operations)),
    generatorMicrosPerOp: (after.generatorMicros - before.generatorMicros) / Math.max(1, operations),
    inFlight: (answered / seconds) * (answers.mean / SECOND_MS),
    valid: notes.length === 0,
    notes,
    curve: answers.curve(),
    ...(settledAt === undefined ? {} : { settleCurve: settles.curve() }),
    timeline: withLag(timeline, perSecond, settledAt !== undefined),
  };
}

export const withTotal = (perProcess: CpuTimes): CpuTimes => ({
  ...perProcess,
  total: sumOf(perProcess),
});

export const sumOf = (perProcess: CpuTimes): number =>
  Object.values(perProcess).reduce((sum, micros) => sum + micros, 0);

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

function withLag(
  timeline: { offered: number; answered: number; settled: number }[],
  perSecond: Latencies[],
  settles: boolean,
): NonNullable<SuiteRecord['timeline']> {
  let lag = 0;
  return timeline.map(({ settled, ...slot }, second) => {
    lag += slot.answered - settled;
    const p95Ms = perSecond[second]?.at(95) ?? 0;
    return settles ? { ...slot, settled, lag, p95Ms } : { ...slot, p95Ms };
  });
}
