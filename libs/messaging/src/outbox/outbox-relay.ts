import type { Clock, Leadership, Logger, Metrics } from '@stagedoor/platform';
import { inSendSpan } from '../message-spans.ts';
import { relayMetrics } from '../metrics.ts';
import type { MessageProducer } from '../producer/message-producer.ts';
import { retryDelayMs } from '../retry-policy.ts';
import type { OutboxStore } from './outbox-store.ts';

/** How an OutboxRelay is set up. */
export interface OutboxRelayOptions {
  store: OutboxStore;
  producer: Pick<MessageProducer, 'send'>;
  /** Of this shard's lease: several replicas may run a relay, one at a time sends. */
  leadership: Pick<Leadership, 'isLeader' | 'release'>;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** Which shard of the outbox this relay sends. Default 0. */
  shard?: number;
  /** Rows in one send. Default 100. */
  maxRows?: number;
  /** From 0 up to 1, for jitter. Default Math.random. */
  random?: () => number;
}

// After a commit of another replica nobody nudges: it is found by polling, at most this late while there is traffic.
const BUSY_POLL_MS = 20;
const BUSY_FOR_MS = 1_000;
// An idle system should cost nothing: the pause between polls doubles up to this.
const IDLE_POLL_MS = 500;
// A replica that does not lead asks for the lease this often, whatever nudges it.
const LEASE_POLL_MS = 500;
const FAILURES = { firstDelayMs: 100, longestDelayMs: 5_000, unknownErrorAttempts: Number.POSITIVE_INFINITY };

interface Drain {
  done: () => void;
  /** Passes that had begun when it was asked for: what they read may be older than what must leave. */
  after: number;
}

/**
 * Sends an outbox's rows in their order, one send at a time, and deletes them once they are acknowledged (design §4).
 *
 * A row is sent at least once. First occurrences come in the order of the rows, whoever sends: every sender starts at
 * the oldest row that is left, so when it sends a row, all earlier ones were acknowledged before or are in the same send.
 * That holds for a leader that stalled past its lease, too: what it sends on waking is either next or a repetition.
 */
export class OutboxRelay {
  readonly #options: OutboxRelayOptions;
  readonly #metrics: ReturnType<typeof relayMetrics>;
  readonly #shard: number;
  readonly #maxRows: number;
  #stopping: AbortController | undefined;
  #loop: Promise<void> | undefined;
  #nudged = false;
  #waking: AbortController | undefined;
  #drains: Drain[] = [];
  #passes = 0;

  constructor(options: OutboxRelayOptions) {
    this.#options = options;
    this.#shard = options.shard ?? 0;
    this.#maxRows = options.maxRows ?? 100;
    this.#metrics = relayMetrics(options.metrics, this.#shard);
  }

  start(): void {
    if (this.#loop !== undefined) return;
    this.#stopping = new AbortController();
    this.#loop = this.#run(this.#stopping.signal);
  }

  /** Looks for rows at once: to be called after a commit that added some. A backoff after a failure is not cut short. */
  nudge(): void {
    this.#nudged = true;
    this.#waking?.abort();
  }

  /**
   * Resolves once everything that was in the outbox has left, or `timeoutMs` later, or at once if another replica leads:
   * what is left is sent by it, or after the next start.
   */
  async drain(timeoutMs = 5_000): Promise<void> {
    if (this.#loop === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const drain = { done: resolve, after: this.#passes };
    this.#drains.push(drain);
    this.nudge();
    const settled = new AbortController();
    await Promise.race([promise, this.#options.clock.sleep(timeoutMs, settled.signal)]);
    settled.abort();
    this.#drains = this.#drains.filter((other) => other !== drain);
  }

  /** Finishes the send in progress and gives the lease back. */
  async stop(): Promise<void> {
    if (this.#loop === undefined) return;
    this.#stopping?.abort();
    this.#waking?.abort();
    await this.#loop;
    this.#loop = undefined;
    try {
      await this.#options.leadership.release();
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'outbox lease not released, it will lapse');
    }
  }

  async #run(stopping: AbortSignal): Promise<void> {
    const { clock, logger, leadership } = this.#options;
    let failures = 0;
    let quietPasses = 0;
    let lastTrafficMs = Number.NEGATIVE_INFINITY;
    while (!stopping.aborted) {
      this.#nudged = false;
      const pass = this.#passes++;
      try {
        if (!(await leadership.isLeader())) {
          this.#metrics.backlog(0, 0);
          this.#drained(Number.POSITIVE_INFINITY);
          await clock.sleep(LEASE_POLL_MS, stopping);
          continue;
        }
        const rows = await this.#pass();
        failures = 0;
        if (rows === 0) this.#drained(pass);
        quietPasses = rows > 0 ? 0 : quietPasses + 1;
        if (rows > 0) lastTrafficMs = clock.now().getTime();
        if (rows > 0 || this.#nudged || stopping.aborted) continue;
      } catch (error) {
        failures++;
        const delayMs = retryDelayMs(FAILURES, failures, this.#options.random ?? Math.random);
        logger.error({ err: error, failures, delayMs, shard: this.#shard }, 'outbox not sent, rows are kept');
        await this.#reportBacklog();
        await clock.sleep(delayMs, stopping);
        continue;
      }
      const busy = clock.now().getTime() - lastTrafficMs < BUSY_FOR_MS;
      await this.#pause(busy ? BUSY_POLL_MS : Math.min(BUSY_POLL_MS * 2 ** Math.min(quietPasses, 10), IDLE_POLL_MS));
    }
    this.#drained(Number.POSITIVE_INFINITY);
  }

  /** One send of the oldest rows; answers how many it was. */
  async #pass(): Promise<number> {
    const { store, producer } = this.#options;
    const rows = await store.read(this.#shard, this.#maxRows);
    // Only a full page can hide more rows, so that only then they are asked for.
    const waiting = rows.length < this.#maxRows ? rows.length : await store.atMost();
    this.#metrics.backlog(waiting, rows[0]?.ageMs ?? 0);
    if (rows.length === 0) return 0;
    const messages = rows.flatMap((row) => row.messages);
    await inSendSpan(messages, () => producer.send(messages));
    await store.remove(rows.map((row) => row.id));
    this.#metrics.sent(messages.length);
    return rows.length;
  }

  /** While nothing can be sent the backlog is what an operator looks at. */
  async #reportBacklog(): Promise<void> {
    const { store } = this.#options;
    try {
      const [oldest] = await store.read(this.#shard, 1);
      this.#metrics.backlog(oldest === undefined ? 0 : await store.atMost(), oldest?.ageMs ?? 0);
    } catch {
      // The database is away as well: that was just logged.
    }
  }

  #drained(pass: number): void {
    for (const drain of this.#drains) if (pass >= drain.after) drain.done();
  }

  async #pause(ms: number): Promise<void> {
    this.#waking = new AbortController();
    if (!this.#nudged && !this.#stopping?.signal.aborted) await this.#options.clock.sleep(ms, this.#waking.signal);
    this.#waking = undefined;
  }
}
