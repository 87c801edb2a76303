import type { Clock } from '@stagedoor/platform';
import { compareSales } from '../domain/ranking.ts';
import type { RankedSchedule, SalesQueries } from './queries.ts';

/** How fast schedules sell, at most `maxAgeMs` old: everybody looks at it, and it costs a read of all shows on sale. */
export class Rankings {
  readonly #queries: SalesQueries;
  readonly #clock: Clock;
  readonly #maxAgeMs: number;
  #ranked: RankedSchedule[] = [];
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(queries: SalesQueries, clock: Clock, maxAgeMs: number) {
    this.#queries = queries;
    this.#clock = clock;
    this.#maxAgeMs = maxAgeMs;
  }

  async top(limit: number): Promise<RankedSchedule[]> {
    if (this.#clock.now().getTime() - this.#readAtMs >= this.#maxAgeMs) {
      this.#reading ??= this.#read().finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
    }
    return this.#ranked.slice(0, limit);
  }

  async #read(): Promise<void> {
    const readAtMs = this.#clock.now().getTime();
    this.#ranked = (await this.#queries.selling()).sort(compareSales);
    this.#readAtMs = readAtMs;
  }
}
