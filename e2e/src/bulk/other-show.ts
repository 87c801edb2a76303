import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../client/api-client.ts';
import type { FanSession } from '../client/fan-session.ts';
import { Tally } from '../crowd/tally.ts';
import { aBuyer, confirmed } from './sell-out.ts';

const SEATS_PER_FAN = 4;
const FANS_AT_ONCE = 32;
const OUTCOME_POLL_MS = 25;

/** A show that sells at a steady rate, whatever else happens; what its fans see is counted by phase. */
export class OtherShow {
  readonly #scheduleId: number;
  readonly #buyers: { fan: FanSession; admission: string }[];
  readonly #phases = new Map<string, Tally>();
  readonly #stopping = new AbortController();
  #phase = new Tally();
  #selling: Promise<void> | undefined;

  private constructor(scheduleId: number, buyers: { fan: FanSession; admission: string }[]) {
    this.#scheduleId = scheduleId;
    this.#buyers = buyers;
  }

  /** Its fans are let in beforehand, so that what is measured is hold, pay and outcome. */
  static async prepare(api: ApiClient, scheduleId: number, purchases: number): Promise<OtherShow> {
    const buyers: { fan: FanSession; admission: string }[] = [];
    const count = Math.ceil(purchases / SEATS_PER_FAN);
    let next = 0;
    const letIn = async (): Promise<void> => {
      while (next < count) buyers.push(await aBuyer(api, `other-${scheduleId}-${next++}`, scheduleId));
    };
    await Promise.all(Array.from({ length: FANS_AT_ONCE }, letIn));
    return new OtherShow(scheduleId, buyers);
  }

  /** From now on purchases begin in this phase. */
  phase(name: string): void {
    this.#phase = new Tally();
    this.#phases.set(name, this.#phase);
  }

  start(ratePerSecond: number): void {
    this.#selling = this.#sell(ratePerSecond);
  }

  /** Begins no more purchases; answers what was counted in each phase once all have ended. */
  async stop(): Promise<ReadonlyMap<string, Tally>> {
    this.#stopping.abort();
    await this.#selling;
    return this.#phases;
  }

  /** Open loop: each purchase begins at its own time, however long those before it take. */
  async #sell(ratePerSecond: number): Promise<void> {
    const { signal } = this.#stopping;
    const started = performance.now();
    const purchases: Promise<void>[] = [];
    for (let number = 0; !signal.aborted && number < this.#buyers.length * SEATS_PER_FAN; number++) {
      await sleep(Math.max(0, started + (number * 1000) / ratePerSecond - performance.now()), undefined, {
        signal,
      }).catch(() => {});
      if (!signal.aborted) purchases.push(this.#purchase(number, this.#phase));
    }
    await Promise.all(purchases);
  }

  async #purchase(number: number, tally: Tally): Promise<void> {
    const { fan, admission } = this.#buyers[number % this.#buyers.length] as { fan: FanSession; admission: string };
    const timed = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
      const began = performance.now();
      const answer = await call();
      tally.time(what, performance.now() - began);
      return answer;
    };
    try {
      const held = await timed('hold', () => fan.hold(this.#scheduleId, number + 1, admission));
      if (held.status !== 201) throw new Error(`hold ${held.status}`);
      const paid = await timed('pay', () => fan.pay(held.body.id, randomUUID()));
      if (paid.status !== 202) throw new Error(`pay ${paid.status}`);
      await timed('pay to outcome', () => confirmed(fan, held.body.id, OUTCOME_POLL_MS));
      tally.count('bought');
    } catch (error) {
      tally.count(`failed: ${(error as Error).message}`);
    }
  }
}
