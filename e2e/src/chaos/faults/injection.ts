import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '../../../../infra/stack/index.mjs';
import type { Fault } from '../schedule/draw.ts';

/** Brings one fault about and ends it again; answers when it is over. Aborting `over` ends it early. */
export type Injection = (fault: Fault, world: FaultWorld) => Promise<void>;

export interface FaultWorld {
  stack: Stack;
  /** Where the clocks of the services' replicas are set, by their names. */
  clockFiles: Record<string, string>;
  /** Aborted when the run is to end now. */
  over: AbortSignal;
}

/** Sleeps, but not longer than the run lasts. */
export async function pause(ms: number, over: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: over }).catch(() => {});
}
