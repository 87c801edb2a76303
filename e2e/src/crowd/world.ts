import type { ApiClient } from '../client/api-client.ts';
import type { Push } from '../client/fan-socket.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';

/** What every fan of one run shares. */
export interface World {
  api: ApiClient;
  baseUrl: string;
  scheduleId: number;
  /** Before the names of this run's fans, so that runs on one system do not meet. */
  fanPrefix: string;
  random: Random;
  tally: Tally;
  /** Told of every push to any fan. */
  heard(userId: string, push: Push): void;
  /** Told of every payment that has an outcome, and how many milliseconds it took from the click. */
  settled(ms: number): void;
  /** How long a hold lasts, in milliseconds: who dawdles takes longer. */
  holdTtlMs: number;
  /** Fans between a held seat and the end of their purchase: while there are any, the show is not settled. */
  purchasing: number;
  /** Aborted when the show is sold out and settled, or when time is up. */
  over: AbortSignal;
}
