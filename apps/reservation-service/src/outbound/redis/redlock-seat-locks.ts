import type { Clock, Logger } from '@stagedoor/platform';
import type { Redis } from 'ioredis';
import Redlock from 'redlock';
import type { Seat, SeatLock, SeatLocks } from '../../application/ports.ts';

export interface RedlockSeatLocksOptions {
  redis: Redis;
  /** Before every key. */
  prefix: string;
  clock: Clock;
  logger: Logger;
  /** How long a lock lasts if its holder never gives it back. Longer than a hold takes. */
  ttlMs: number;
  /** How long Redis is left alone after it failed. */
  pauseMs: number;
  /** Told whether the last attempt reached Redis. */
  onAvailable(available: boolean): void;
}

/** Locks nothing: for when there is no Redis to ask. The claim in the database is the truth either way. */
const openDoor: SeatLock = { release: () => Promise.resolve() };

/** One Redlock per seat. Redis down, slow or full of errors: everybody passes, and Redis is left alone for a while. */
export class RedlockSeatLocks implements SeatLocks {
  readonly #options: RedlockSeatLocksOptions;
  readonly #redlock: Redlock;
  #failedAtMs = Number.NEGATIVE_INFINITY;
  #probing = false;

  constructor(options: RedlockSeatLocksOptions) {
    this.#options = options;
    // Who does not get the lock at once is not to get it later: no retries.
    this.#redlock = new Redlock([options.redis as never], { retryCount: 0 });
    // Redlock tells a client's error apart from a lock that is taken only by this event.
    this.#redlock.on('clientError', (error: Error) => this.#failed(error));
  }

  async tryLock({ scheduleId, seatNumber }: Seat): Promise<SeatLock | null> {
    if (!this.#mayAsk()) return openDoor;
    const { prefix, ttlMs, clock, onAvailable } = this.#options;
    const askedAtMs = clock.now().getTime();
    const wasProbe = this.#failedAtMs !== Number.NEGATIVE_INFINITY;
    this.#probing = wasProbe;
    try {
      const lock = await this.#redlock.lock(`${prefix}seat:{${scheduleId}:${seatNumber}}`, ttlMs);
      if (wasProbe) this.#recovered();
      onAvailable(true);
      // A lock that cannot be given back lapses by itself.
      return { release: async () => void (await lock.unlock().catch(() => {})) };
    } catch {
      // Taken, unless Redis failed meanwhile; who is let through wrongly meets the claim.
      if (this.#failedAtMs >= askedAtMs) return openDoor;
      if (wasProbe) this.#recovered();
      return null;
    } finally {
      if (wasProbe) this.#probing = false;
    }
  }

  /** After a failure one request in `pauseMs` finds out whether Redis is back; the others do not wait for it. */
  #mayAsk(): boolean {
    if (this.#failedAtMs === Number.NEGATIVE_INFINITY) return true;
    return !this.#probing && this.#options.clock.now().getTime() - this.#failedAtMs >= this.#options.pauseMs;
  }

  #failed(error: Error): void {
    const { clock, logger, onAvailable, pauseMs } = this.#options;
    const isFirst = this.#failedAtMs === Number.NEGATIVE_INFINITY;
    this.#failedAtMs = clock.now().getTime();
    onAvailable(false);
    if (isFirst) logger.warn({ err: error, pauseMs }, 'seat locks: Redis failed, holds go on without it');
  }

  #recovered(): void {
    this.#failedAtMs = Number.NEGATIVE_INFINITY;
    this.#options.logger.info('seat locks: Redis is back');
  }
}
