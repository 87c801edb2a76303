import { nearestPost } from '../floor/empty-post.ts';
import { measureFloor } from '../floor/measure-floor.ts';
import { type SuiteRecord, sumOf } from '../measure/record.ts';
import type { System } from '../system/system.ts';
import type { BenchContext } from './suite.ts';

/** What one operation has to cost beside its rows and messages. */
export interface FloorCalls {
  /** Whose tokens its calls carry; null: nobody calls. */
  post: 'fan' | 'admitted' | null;
  /** Calls an operation; 1 unless given. */
  calls?: number;
}

/**
 * Writes the rows and messages of a suite again in the cheapest way, adds its empty calls at its own rate, and says how many
 * times that the suite costs. Redis commands are counted beside, and are no part of the floor: that makes a suite dearer
 * by comparison, never cheaper.
 */
export async function withFloor(
  record: SuiteRecord,
  { post, calls = 1 }: FloorCalls,
  system: System,
  context: BenchContext,
): Promise<SuiteRecord> {
  const work = await system.work.perOp();
  if (work === null) return record;
  context.progress('writing the same again, as cheaply as it can be done');
  const writes = await measureFloor(system, work, system.work.operations);
  if (writes === null) return { ...record, workPerOp: work };
  const ratePerSecond = ((record.offeredPerSecond ?? record.settledPerSecond ?? 1) * calls) / context.scale;
  const empty =
    post === null
      ? undefined
      : nearestPost(await context.emptyPosts(), { admission: post === 'admitted', ratePerSecond });
  const floor = {
    ...(empty === undefined ? {} : { 'empty POST': (empty.record.cpuMicrosPerOp?.total ?? Number.NaN) * calls }),
    ...writes,
  };
  const total = sumOf(floor);
  const times = (record.cpuMicrosPerOp?.total ?? Number.NaN) / total;
  return { ...record, timesFloor: times, floorMicrosPerOp: { ...floor, total }, workPerOp: work };
}
