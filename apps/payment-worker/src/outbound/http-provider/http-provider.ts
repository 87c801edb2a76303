import { type Clock, type Logger, type Metrics, PermanentError } from '@stagedoor/platform';
import type { RefundAnswer, RemoteProvider } from '../../application/provider.ts';
import type { AttemptedPayment, Verdict } from '../../domain/payment.ts';
import type { AttemptedRefund } from '../../domain/refund.ts';
import { Refusal } from './call-failure.ts';
import { declined, refundIn, verdictIn } from './provider-answers.ts';
import { type BreakerState, type CallBounds, ProviderCalls } from './provider-calls.ts';
import { ProviderClient } from './provider-client.ts';

/** How the adapter is set up. */
export interface HttpProviderOptions {
  /** What payments remember it by. */
  name: string;
  /** Where its API is, e.g. https://pay.example/v1. */
  url: string;
  /** Sent as a bearer token, where there is one. */
  apiKey?: string | undefined;
  /** For each call, from the connection to the last byte. */
  timeoutMs: number;
  bounds: CallBounds;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** From 0 up to 1, for jitter. Default Math.random. */
  random?: () => number;
}

/**
 * A payment provider outside, over HTTP with idempotency keys. Its keys are ours: the charge key for a charge, the refund
 * key for a refund. It has to remember them for longer than a message can come back (design §4, "Keeping").
 */
export class HttpProvider implements RemoteProvider {
  readonly kind = 'remote';
  readonly name: string;
  readonly #client: ProviderClient;
  readonly #calls: ProviderCalls;
  readonly #logger: Logger;

  constructor(options: HttpProviderOptions) {
    const { name, url, apiKey, timeoutMs, bounds, clock, logger, metrics, random = Math.random } = options;
    this.name = name;
    this.#logger = logger;
    this.#client = new ProviderClient({ url, apiKey, timeoutMs, maxConnections: bounds.maxCalls, metrics });
    const onBreaker = (state: BreakerState) => logger.warn({ state }, 'circuit breaker of the payment provider');
    this.#calls = new ProviderCalls({ bounds, clock, random, onBreaker });
    showCalls(metrics, this.#calls);
  }

  room(): number {
    return this.#calls.room;
  }

  async charge(payment: AttemptedPayment): Promise<Verdict> {
    const { idempotencyKey: key, userId, amount, reservationId } = payment;
    const read = (body: unknown) => verdictIn(body, payment);
    try {
      return await this.#calls.effect({
        call: () => this.#client.post('/charges', key, { userId, amount, reservationId }, read),
        inquire: () => this.#client.get('/charges', key, read),
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#logger.error({ err: error, key }, 'the payment provider refused a charge');
      // Refused is not charged, unless an earlier call under this key was.
      return (await this.inquireCharge(payment)) ?? declined;
    }
  }

  inquireCharge(payment: AttemptedPayment): Promise<Verdict | null> {
    const read = (body: unknown) => verdictIn(body, payment);
    return this.#calls.question(() => this.#client.get('/charges', payment.idempotencyKey, read));
  }

  async refund(refund: AttemptedRefund): Promise<RefundAnswer> {
    const { refundKey: key, chargeKey, userId, amount, reason } = refund;
    const read = (body: unknown) => refundIn(body, refund);
    try {
      return await this.#calls.effect({
        call: () => this.#client.post('/refunds', key, { chargeKey, userId, amount, reason }, read),
        inquire: () => this.#client.get('/refunds', key, read),
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const known = await this.inquireRefund(refund);
      if (known === null) throw new PermanentError('REFUND_FAILED', error.message, { cause: error });
      return known;
    }
  }

  inquireRefund(refund: AttemptedRefund): Promise<RefundAnswer | null> {
    const read = (body: unknown) => refundIn(body, refund);
    return this.#calls.question(() => this.#client.get('/refunds', refund.refundKey, read));
  }

  /** Whether calls are made, or fail at once. */
  get breakerState(): BreakerState {
    return this.#calls.breakerState;
  }

  /** Calls under way. */
  get inFlight(): number {
    return this.#calls.inFlight;
  }

  /** Cuts the calls that are still under way: what became of them is asked when their messages come again. */
  async close(): Promise<void> {
    this.#calls.close();
    await this.#client.close();
  }
}

function showCalls(metrics: Metrics, calls: ProviderCalls): void {
  metrics.gauge({
    name: 'provider_calls_in_flight',
    help: 'Calls to the payment provider under way, and waiting for a place',
    labels: ['state'],
    collect(gauge) {
      gauge.set({ state: 'under_way' }, calls.inFlight);
      gauge.set({ state: 'waiting' }, calls.queued);
    },
  });
  metrics.gauge({
    name: 'provider_breaker_open',
    help: '1 while calls to the payment provider fail at once, or one tries whether it is back',
    collect(gauge) {
      gauge.set(calls.breakerState === 'closed' ? 0 : 1);
    },
  });
}
