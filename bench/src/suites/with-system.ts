import { Generator } from '../load/generator.ts';
import { brokenInvariants } from '../measure/invariants.ts';
import { versions } from '../measure/machine.ts';
import type { SuiteRecord } from '../measure/record.ts';
import { outboxesAreEmpty } from '../seed/settled.ts';
import { complaintsOf } from '../system/complaints.ts';
import { type System, startSystem } from '../system/system.ts';
import type { BenchContext } from './suite.ts';
import { type FloorCalls, withFloor } from './with-floor.ts';

const SHOWN_VIOLATIONS = 3;

interface SystemOptions extends Omit<Parameters<typeof startSystem>[1], 'tell' | 'signal'> {
  /** What its floor is made of beside rows and messages: a fan's call, unless given; null where there is no operation to compare. */
  floor?: FloorCalls | null;
}

/**
 * Runs a measurement against a fresh system of its own, so that no suite pays for another's data. A record counts only if
 * all invariants hold at its end: a fast wrong answer is none. Last, the same rows and messages are written again in the
 * cheapest way, for comparison.
 */
export async function withSystem(
  context: BenchContext,
  { floor = { post: 'fan' }, ...options }: SystemOptions,
  measure: (system: System, generator: Generator) => Promise<SuiteRecord>,
): Promise<SuiteRecord> {
  // Before there is another system on the machine.
  if (floor !== null && floor.post !== null) await context.emptyPosts();
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
    return floor === null ? checked : await withFloor(checked, floor, system, context);
  } finally {
    if (shared === undefined) await system.stop();
  }
}

async function invariantsOf(system: System, context: BenchContext): Promise<string> {
  context.progress('checking the invariants');
  await outboxesAreEmpty(system);
  const broken = await brokenInvariants(system.access);
  return broken.length === 0 ? 'ok' : `BROKEN ${broken.length}: ${broken.slice(0, SHOWN_VIOLATIONS).join(' | ')}`;
}

function withInvariants(record: SuiteRecord, invariants: string): SuiteRecord {
  if (invariants === 'ok') return { ...record, invariants };
  return { ...record, invariants, valid: false, notes: [...(record.notes ?? []), invariants] };
}

const withComplaints = (record: SuiteRecord, system: System): SuiteRecord =>
  record.valid ? record : { ...record, notes: [...(record.notes ?? []), ...complaintsOf(system)] };
