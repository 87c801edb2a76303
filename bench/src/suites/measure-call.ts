import type { Generator } from '../load/generator.ts';
import type { LoadJob } from '../load/load-job.ts';
import { type MeasuredLoad, measureLoad } from '../measure/measured-load.ts';
import { recordOf, type SuiteRecord } from '../measure/record.ts';
import type { System } from '../system/system.ts';
import { type BenchContext, loadProgress } from './suite.ts';

/** One kind of call, as a suite offers it. */
export type OfferedCall = Pick<LoadJob, 'request' | 'columns' | 'ratePerSecond' | 'expected' | 'underWay'> & {
  name: string;
  connections?: LoadJob['connections'];
  drainMs?: number;
};

const CONNECTIONS = { initial: 128, most: 4_000 };
const DRAIN_MS = 15_000;
const SEED = 1;

/** Offers a call at its rate, through the edge, for warm-up and window. */
export async function offer(
  system: System,
  generator: Generator,
  context: BenchContext,
  { name, ...call }: OfferedCall,
): Promise<MeasuredLoad> {
  await system.work.begin();
  const measured = await measureLoad(
    system,
    generator,
    {
      ...system.edge,
      warmUpMs: context.warmUpMs,
      measureMs: context.measureMs,
      seed: SEED,
      connections: CONNECTIONS,
      drainMs: DRAIN_MS,
      ...call,
    },
    loadProgress(context, name, call.ratePerSecond),
  );
  system.work.operations = measured.load.status.reduce((sum, code) => sum + Number(call.expected.includes(code)), 0);
  return measured;
}

/** The same, for calls that are done once they are answered. */
export async function measureCall(
  system: System,
  generator: Generator,
  context: BenchContext,
  call: OfferedCall,
): Promise<SuiteRecord> {
  return recordOf(await offer(system, generator, context, call), new Set(call.expected));
}
