import type { AppName, Stack } from '../../../infra/stack/index.mjs';
import type { Progress } from './cancellation.ts';

type Moment = (progress: Progress, seats: number) => boolean;

const cancelled =
  (share: number): Moment =>
  ({ live }, seats) =>
    live.confirmed <= seats * (1 - share);
const refunded =
  (share: number): Moment =>
  ({ refunds }, seats) =>
    refunds.done >= seats * share;

/** Who is killed when: in the middle of ending reservations, and in the middle of giving money back. */
const plan: { app: AppName; when: Moment }[] = [
  { app: 'reservation-service', when: cancelled(0.2) },
  { app: 'payment-worker', when: refunded(0.1) },
  { app: 'reservation-service', when: refunded(0.3) },
  { app: 'result-worker', when: refunded(0.4) },
];

/** Kills (-9) as the work goes on; to be shown each look at the progress. */
export class Kills {
  readonly #stack: Stack;
  readonly #seats: number;
  readonly #left = [...plan];
  readonly #under: Promise<void>[] = [];
  readonly #tell: (text: string) => void;

  constructor(stack: Stack, seats: number, tell: (text: string) => void) {
    this.#stack = stack;
    this.#seats = seats;
    this.#tell = tell;
  }

  see(progress: Progress): void {
    while (this.#left[0]?.when(progress, this.#seats)) {
      const { app } = this.#left.shift() as (typeof plan)[number];
      this.#tell(`killing ${app} (SIGKILL): ${JSON.stringify({ ...progress.live, ...progress.refunds })}`);
      this.#under.push(this.#stack.kill(app));
    }
  }

  /** Waits until those who were killed are back; answers how many kills there were. */
  async over(): Promise<number> {
    await Promise.all(this.#under);
    for (const { app } of plan) await this.#stack.waitUntilReady(app);
    return this.#under.length;
  }
}
