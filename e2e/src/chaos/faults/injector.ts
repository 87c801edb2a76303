import type { Fault } from '../schedule/draw.ts';
import type { FaultKind } from '../schedule/kinds.ts';
import { fillBacklog } from './backlog.ts';
import { moveClock } from './clocks.ts';
import { connectionFaults } from './connections.ts';
import { type FaultWorld, type Injection, pause } from './injection.ts';
import { processFaults } from './processes.ts';
import { emptyRedis } from './redis.ts';

/** A fault as it happened. Times are milliseconds by performance.now(). */
export interface AppliedFault extends Fault {
  beganAt: number;
  /** When it was lifted; the moment of the kill for a kill. */
  endedAt: number;
}

const INJECTIONS: Record<FaultKind, Injection> = {
  ...processFaults,
  ...connectionFaults,
  flush: emptyRedis,
  backlog: fillBacklog,
  clock: moveClock,
};

/** Plays a schedule, each fault at its time whatever the others do; answers with what happened when all are over. */
export async function playSchedule(
  schedule: readonly Fault[],
  world: FaultWorld,
  tell: (fault: AppliedFault, phase: 'begins' | 'ends') => void,
): Promise<AppliedFault[]> {
  const startedAt = performance.now();
  const played = await Promise.all(
    schedule.map(async (fault) => {
      await pause(fault.atMs - (performance.now() - startedAt), world.over);
      if (world.over.aborted) return [];
      const applied: AppliedFault = { ...fault, beganAt: performance.now(), endedAt: performance.now() };
      tell(applied, 'begins');
      await INJECTIONS[fault.kind](fault, world);
      // A process that was killed is away from that moment on, and its recovery begins there.
      if (fault.kind !== 'kill') applied.endedAt = performance.now();
      tell(applied, 'ends');
      return [applied];
    }),
  );
  return played.flat();
}
