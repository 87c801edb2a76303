import type { Pool } from 'mariadb';
import { PeriodicJob } from '../jobs/periodic-job.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';

export interface DatabaseClockOptions {
  pool: Pick<Pool, 'query'>;
  logger: Logger;
  /** The machine's wall clock, believed until the first answer. */
  system?: Clock;
  /** Milliseconds that only ever go forward, at the right speed, whatever happens to the wall clock. */
  monotonicMs?: () => number;
}

const READ_EVERY_MS = 1_000;
/** An app does not wait longer than this at its start: a connection can stand without a word. */
const FIRST_READ_MAX_MS = 3_000;
/** How far the machine's clock may be off before it is said. Nothing depends on it. */
const SAID_FROM_MS = 1_000;

/**
 * The database server's wall clock, which all replicas of an app share. A machine whose own clock jumps, by a faulty time
 * service or an operator, would otherwise expire live holds and payments made in time, each by its own idea of now.
 * Between two readings, and while the database is away, time goes on by the monotonic clock.
 */
export class DatabaseClock implements Clock {
  readonly #options: Required<DatabaseClockOptions>;
  readonly #job: PeriodicJob;
  /** Wall time minus monotonic time, in milliseconds. */
  #offsetMs: number;
  #isOff = false;

  constructor(options: DatabaseClockOptions) {
    this.#options = { system: systemClock, monotonicMs: () => performance.now(), ...options };
    const { system, monotonicMs, logger } = this.#options;
    this.#offsetMs = system.now().getTime() - monotonicMs();
    const run = () => this.synchronise();
    this.#job = new PeriodicJob({ name: 'clock', intervalMs: READ_EVERY_MS, clock: system, logger, run });
  }

  now(): Date {
    return new Date(Math.round(this.#offsetMs + this.#options.monotonicMs()));
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#options.system.sleep(ms, signal);
  }

  /** Reads the time once, if the database is there, and then every second. */
  async start(): Promise<void> {
    const { system, logger } = this.#options;
    const waiting = new AbortController();
    const first = this.synchronise()
      .catch((error: unknown) => {
        logger.warn({ err: error }, "the database's time is not known yet: the machine's is used");
      })
      .finally(() => waiting.abort());
    await Promise.race([first, system.sleep(FIRST_READ_MAX_MS, waiting.signal)]);
    this.#job.start();
  }

  stop(): Promise<void> {
    return this.#job.stop();
  }

  /** Asks for the time once. The answer moves the clock no further than is certain, so a slow one cannot spoil it. */
  async synchronise(): Promise<void> {
    const { pool, monotonicMs } = this.#options;
    const askedMs = monotonicMs();
    const [row] = await pool.query<{ ms: number | bigint }[]>(
      'SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS UNSIGNED) AS ms',
    );
    const answeredMs = monotonicMs();
    const readMs = Number(row?.ms);
    // It was read at some moment between question and answer, and is cut down to a millisecond.
    this.#offsetMs = Math.min(Math.max(this.#offsetMs, readMs - answeredMs), readMs + 1 - askedMs);
    this.#sayIfOff();
  }

  #sayIfOff(): void {
    const { system, logger } = this.#options;
    const offMs = system.now().getTime() - this.now().getTime();
    const isOff = Math.abs(offMs) >= SAID_FROM_MS;
    if (isOff && !this.#isOff)
      logger.warn({ offMs }, "this machine's clock differs from the database's, which is used");
    if (!isOff && this.#isOff) logger.info("this machine's clock agrees with the database's again");
    this.#isOff = isOff;
  }
}
