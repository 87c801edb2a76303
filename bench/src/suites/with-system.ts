import { checkInvariants } from '@stagedoor/testkit';
import { measureFloor } from '../floor/measure-floor.ts';
import { Generator } from '../load/generator.ts';
import { versions } from '../measure/machine.ts';
import { type SuiteRecord, sumOf } from '../measure/record.ts';
import { outboxesAreEmpty } from '../seed/settled.ts';
import { complaintsOf } from '../system/complaints.ts';
import { type System, startSystem } from '../system/system.ts';
import type { BenchContext } from './suite.ts';

const HOLD_LIMIT = 4;
const SWEEP_MS = 10_000;
const PATIENCE_MS = 120_000;
const SHOWN_VIOLATIONS = 3;

interface SystemOptions extends Omit<Parameters<typeof startSystem>[1], 'tell' | 'signal'> {
  /** The call carries an admission token as well, so its floor does. */
  admission?: boolean;
  /** Left out: the floor is measured. */
  floor?: boolean;
}

/**
 * Runs a measurement against a fresh system of its own, so that no suite pays for another's data. A record counts only if
 * all invariants hold at its end: a fast wrong answer is none. Last, the same rows and messages are written again in the
 * cheapest way, for comparison.
 */
export async function withSystem(
  context: BenchContext,
  { admission = false, floor = true, ...options }: SystemOptions,
  measure: (system: System, generator: Generator) => Promise<SuiteRecord>,
): Promise<SuiteRecord> {
  const empty = floor ? await context.emptyPost(admission) : null;
  const shared = options.env === undefined ? context.sharedSystem : undefined;
  if (shared === undefined) context.progress('starting a system');
  const system =
    shared ??
    (await startSystem(context.keys, {
      ...options,
      ...(context.profileFolder === undefined ? {} : { profileFolder: context.profileFolder }),
      tell: context.tell,
      signal: context.signal,
      ...(context.killSignal === undefined ? {} : { killSignal: context.killSignal }),
    }));
  try {
    context.learned(await versions(system));
    const generator = await Generator.start();
    let record: SuiteRecord;
    try {
      record = await measure(system, generator);
    } finally {
      generator.stop();
    }
    const invariants = await invariantsOf(system, context);
    const checked = withComplaints(withInvariants(record, invariants), system);
    return empty === null ? checked : await withFloor(checked, empty, system, context);
  } finally {
    if (shared === undefined) await system.stop();
  }
}

async function invariantsOf(system: System, context: BenchContext): Promise<string> {
  context.progress('checking the invariants');
  await outboxesAreEmpty(system);
  const { violations, openRefunds } = await checkInvariants(
    system.access,
    { holdLimit: HOLD_LIMIT, sweepMs: SWEEP_MS },
    PATIENCE_MS,
  );
  const broken = [...violations.map(({ invariant, detail }) => `${invariant}: ${detail}`), ...openRefunds];
  return broken.length === 0 ? 'ok' : `BROKEN ${broken.length}: ${broken.slice(0, SHOWN_VIOLATIONS).join(' | ')}`;
}

function withInvariants(record: SuiteRecord, invariants: string): SuiteRecord {
  if (invariants === 'ok') return { ...record, invariants };
  return { ...record, invariants, valid: false, notes: [...(record.notes ?? []), invariants] };
}

const withComplaints = (record: SuiteRecord, system: System): SuiteRecord =>
  record.valid ? record : { ...record, notes: [...(record.notes ?? []), ...complaintsOf(system)] };

async function withFloor(
  record: SuiteRecord,
  empty: SuiteRecord,
  system: System,
  context: BenchContext,
): Promise<SuiteRecord> {
  context.progress('writing the same again, as cheaply as it can be done');
  const work = await system.work.perOp();
  const writes = work === null ? null : await measureFloor(system, work, system.work.operations);
  if (work === null || writes === null) return record;
  const post = empty.cpuMicrosPerOp?.total ?? 0;
  const floorMicrosPerOp = { 'empty POST': post, ...writes, total: post + sumOf(writes) };
  const times = (record.cpuMicrosPerOp?.total ?? Number.NaN) / floorMicrosPerOp.total;
  return { ...record, timesFloor: times, floorMicrosPerOp, workPerOp: work };
}
