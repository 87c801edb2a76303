import type { Clock, Logger } from '@stagedoor/platform';
import type { Redis } from 'ioredis';
import Redlock, { type Lock } from 'redlock';
import type { Seat, SeatLock, SeatLocks } from '../../application/ports.ts';

export interface RedlockSeatLocksOptions {
  redis: Redis;
  /** Before every key. */
  prefix: string;
  clock: Clock;
  logger: Logger;
  /** How long a lock lasts if its holder never gives it back. Longer than a hold takes. */
  ttlMs: number;
  /** How long a hold waits for Redis. */
  timeoutMs: number;
  /** How long Redis is left alone after it failed. */
  pauseMs: number;
  /** Told when Redis fails, and when it is back. */
  onAvailable(available: boolean): void;
}

/** Locks nothing: for when there is no Redis to ask. The claim in the database is the truth either way. */
const openDoor: SeatLock = { release: () => Promise.resolve() };

type Answer = { lock: Lock } | 'taken' | 'failed';

/** One Redlock per seat. Redis down, slow or full of errors: everybody passes, and Redis is left alone for a while. */
export class RedlockSeatLocks implements SeatLocks {
  readonly #options: RedlockSeatLocksOptions;
  readonly #redlock: Redlock;
  #failedAtMs = Number.NEGATIVE_INFINITY;
  #probing = false;
  #patience: { endsAtMs: number; over: Promise<'failed'> } | undefined;

  constructor(options: RedlockSeatLocksOptions) {
    this.#options = options;
    // Who does not get the lock at once is not to get it later: no retries.
    this.#redlock = new Redlock([options.redis as never], { retryCount: 0 });
    // Redlock tells a client's error apart from a lock that is taken only by this event.
    this.#redlock.on('clientError', (error: Error) => this.#failed(error));
  }

  async tryLock(seat: Seat): Promise<SeatLock | null> {
    if (!this.#mayAsk()) return openDoor;
    const isProbe = this.#isDown();
    this.#probing = isProbe;
    const asked = this.#ask(seat);
    const answer = await Promise.race([asked, this.#outOfPatience()]);
    if (isProbe) this.#probing = false;
    if (answer === 'failed') {
      this.#failed(new Error('no answer in time'));
      // A lock that comes too late would keep the seat from others for nothing.
      void asked.then((late) => (typeof late === 'object' ? giveBack(late.lock) : undefined));
      return openDoor;
    }
    if (isProbe) this.#recovered();
    return answer === 'taken' ? null : { release: () => giveBack(answer.lock) };
  }

  /** Never rejects. */
  async #ask({ scheduleId, seatNumber }: Seat): Promise<Answer> {
    const { prefix, ttlMs, clock } = this.#options;
    const askedAtMs = clock.now().getTime();
    try {
      return { lock: await this.#redlock.lock(`${prefix}seat:{${scheduleId}:${seatNumber}}`, ttlMs) };
    } catch {
      // Who is let through for an error of somebody else's request meets the claim.
      return this.#failedAtMs >= askedAtMs ? 'failed' : 'taken';
    }
  }

  #isDown(): boolean {
    return this.#failedAtMs !== Number.NEGATIVE_INFINITY;
  }

  /** After a failure one request in `pauseMs` finds out whether Redis is back; the others do not wait for it. */
  #mayAsk(): boolean {
    if (!this.#isDown()) return true;
    return !this.#probing && this.#options.clock.now().getTime() - this.#failedAtMs >= this.#options.pauseMs;
  }

  /** One timer for all who ask within half of `timeoutMs`, so that each waits for 1 to 1.5 times that. */
  #outOfPatience(): Promise<'failed'> {
    const { clock, timeoutMs } = this.#options;
    const now = clock.now().getTime();
    if (this.#patience === undefined || this.#patience.endsAtMs - now < timeoutMs) {
      const ms = timeoutMs * 1.5;
      this.#patience = { endsAtMs: now + ms, over: clock.sleep(ms).then(() => 'failed' as const) };
    }
    return this.#patience.over;
  }

  #failed(error: Error): void {
    const { clock, logger, onAvailable, pauseMs } = this.#options;
    const isFirst = !this.#isDown();
    this.#failedAtMs = clock.now().getTime();
    if (!isFirst) return;
    onAvailable(false);
    logger.warn({ err: error, pauseMs }, 'seat locks: Redis failed, holds go on without it');
  }

  #recovered(): void {
    this.#failedAtMs = Number.NEGATIVE_INFINITY;
    this.#options.onAvailable(true);
    this.#options.logger.info('seat locks: Redis is back');
  }
}

/** A lock that cannot be given back lapses by itself. */
async function giveBack(lock: Lock): Promise<void> {
  await lock.unlock().catch(() => {});
}
