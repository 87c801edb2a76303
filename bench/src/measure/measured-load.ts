import { setTimeout as sleep } from 'node:timers/promises';
import type { Generator } from '../load/generator.ts';
import type { LoadJob, LoadProgress, LoadResult } from '../load/load-job.ts';
import type { System } from '../system/system.ts';
import { type CpuTimes, cpuTimes, ownCpuTime, residentBytes } from './cpu.ts';

/** What a look at every process found. */
export interface Look {
  /** Of the system's processes, in microseconds since their start. */
  cpu: CpuTimes;
  generatorMicros: number;
  residentBytes: Record<string, number>;
}

/** One load, and what the processes did from the end of its warm-up to its last arrival. */
export interface MeasuredLoad {
  load: LoadResult;
  /** The measured window, relative to the load's clock, in ms. */
  fromMs: number;
  toMs: number;
  before: Look;
  after: Look;
}

export function look(system: System, generator: Generator): Look {
  const processes = system.stack.processes();
  return {
    cpu: cpuTimes(processes),
    generatorMicros: ownCpuTime(generator.pid),
    residentBytes: Object.fromEntries(processes.map(({ name, pid }) => [name, residentBytes(pid)])),
  };
}

/** Told when a load's clock starts. */
type Start = (startedAtMs: number) => void;

/** Runs a load, and looks at every process when its window begins and ends. */
export async function measureWindow<T>(
  system: System,
  generator: Generator,
  { warmUpMs, measureMs }: Pick<LoadJob, 'warmUpMs' | 'measureMs'>,
  run: (onStart: Start) => Promise<T>,
): Promise<{ result: T; before: Look; after: Look }> {
  const looks = Promise.withResolvers<[Look, Look]>();
  // Whoever waits for them is told of the load's failure first.
  looks.promise.catch(() => {});
  const result = await run((startedAtMs) => {
    const lookAt = async (ms: number) => {
      await sleep(Math.max(0, startedAtMs + ms - Date.now()));
      return look(system, generator);
    };
    Promise.all([lookAt(warmUpMs), lookAt(warmUpMs + measureMs)]).then(looks.resolve, looks.reject);
  });
  const [before, after] = await looks.promise;
  return { result, before, after };
}

/** Plays a load of single calls against a system. */
export async function measureLoad(
  system: System,
  generator: Generator,
  job: LoadJob,
  onProgress?: (progress: LoadProgress) => void,
): Promise<MeasuredLoad> {
  const { result, ...looks } = await measureWindow(system, generator, job, (onStart) =>
    generator.run(job, { onStart, ...(onProgress === undefined ? {} : { onProgress }) }),
  );
  return { load: result, fromMs: job.warmUpMs, toMs: job.warmUpMs + job.measureMs, ...looks };
}
