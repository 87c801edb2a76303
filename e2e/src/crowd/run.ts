import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../client/api-client.ts';
import type { Push } from '../client/fan-socket.ts';
import { drawCharacter } from './character.ts';
import { visit } from './fan.ts';
import { Random } from './random.ts';
import { readSales, type Sales } from './sales.ts';
import type { Tally } from './tally.ts';
import type { World } from './world.ts';

export interface CrowdOptions {
  api: ApiClient;
  baseUrl: string;
  scheduleId: number;
  fans: number;
  /** The time in which they arrive. */
  arrivalMs: number;
  /** When the run is ended although seats are left. */
  limitMs: number;
  holdTtlMs: number;
  seed: number;
  tally: Tally;
  /** Goes on until `limitMs` although everything is sold. Left out: no. */
  staysOpen?: boolean;
  /** Told of every push to any fan. */
  heard?: (userId: string, push: Push) => void;
  /** Told of every payment that has an outcome, and how many milliseconds it took from the click. */
  settled?: (ms: number) => void;
  /** Ends the run early. */
  signal: AbortSignal;
  /** Told once a second how it stands. */
  progress(state: Progress): void;
}

export interface Progress {
  elapsedMs: number;
  sales: Sales;
  visiting: number;
}

export interface CrowdResult {
  elapsedMs: number;
  sales: Sales;
  soldOut: boolean;
}

const PROGRESS_EVERY_MS = 1_000;

/** Plays an opening: fans come, buy, change their minds, and leave when the show is sold out or time is up. */
export async function runCrowd(options: CrowdOptions): Promise<CrowdResult> {
  const { api, scheduleId, tally, seed } = options;
  const started = performance.now();
  const over = new AbortController();
  const random = new Random(seed);
  const world: World = {
    api,
    baseUrl: options.baseUrl,
    scheduleId,
    fanPrefix: `fan-${scheduleId}-${seed}`,
    random,
    tally,
    holdTtlMs: options.holdTtlMs,
    heard: options.heard ?? (() => {}),
    settled: options.settled ?? (() => {}),
    purchasing: 0,
    over: over.signal,
  };
  let visiting = 0;
  const visits = Array.from({ length: options.fans }, async (_, index) => {
    const character = drawCharacter(random.fork(-index - 1), options.arrivalMs);
    visiting += 1;
    try {
      await visit(index, character, world);
    } catch (error) {
      tally.count(`visit broke off: ${(error as Error).message}`);
    } finally {
      visiting -= 1;
    }
  });
  const everyoneLeft = Promise.all(visits);

  let sales: Sales = { sold: 0, claimed: 0, total: 0 };
  const soldOut = () => sales.total > 0 && sales.sold >= sales.total;
  const settled = () => options.staysOpen !== true && soldOut() && world.purchasing === 0;
  while (!settled() && visiting > 0 && !options.signal.aborted && performance.now() - started < options.limitMs) {
    await Promise.race([sleep(PROGRESS_EVERY_MS), everyoneLeft]);
    sales = (await readSales(api, scheduleId)) ?? sales;
    options.progress({ elapsedMs: performance.now() - started, sales, visiting });
  }
  over.abort();
  await everyoneLeft;
  sales = (await readSales(api, scheduleId)) ?? sales;
  return { elapsedMs: performance.now() - started, sales, soldOut: soldOut() };
}
