import { PermanentError, TransientError } from '@stagedoor/platform';
import { type BookAnswer, ProviderBook } from '@stagedoor/testkit/payment-provider/provider-book';
import type { RemoteProvider } from '../../apps/payment-worker/src/application/provider.ts';
import {
  declined,
  refundIn,
  verdictIn,
} from '../../apps/payment-worker/src/outbound/http-provider/provider-answers.ts';
import type { FaultRates } from './faults.ts';
import type { Life } from './life.ts';
import type { Scheduler } from './scheduler.ts';

const CALL_TIMEOUT_MS = 1_000;
const MAX_LATENCY_MS = 60;
// A request that its sender has given up may still arrive, and be done.
const MAX_DELAY_MS = 3_000;
const REFUSED = 422;

/**
 * The payment provider outside, with a book of its own (that of libs/testkit's stand-in). It outlives all processes; on the way
 * to it, and back, calls are lost and delayed. What retries them and leaves the provider alone while it is ill
 * (outbound/http-provider) has suites of its own: here each call is one.
 */
export class OutsideProvider {
  readonly book = new ProviderBook();
  /** While false, no call arrives. */
  reachable = true;
  readonly #scheduler: Scheduler;
  readonly #faults: FaultRates;
  readonly #poor: ReadonlySet<string>;

  /** @param poor fans whose charges it declines */
  constructor(scheduler: Scheduler, faults: FaultRates, poor: ReadonlySet<string>) {
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#poor = poor;
  }

  /** The provider as one process calls it. */
  connect(life: Life): RemoteProvider {
    const call = (what: string, act: () => BookAnswer) => this.#call(life, what, act);
    return {
      kind: 'remote',
      name: 'outside',
      // As a circuit breaker that is mostly right.
      room: () => (this.reachable || this.#scheduler.chance(0.3) ? 10 : 0),
      charge: async (payment) => {
        const { idempotencyKey: key, userId } = payment;
        const answer = await call(`charges ${key}`, () => this.book.charge(key, payment, this.#poor.has(userId)));
        return answer.status === REFUSED ? declined : readable(verdictIn(answer.body, payment));
      },
      inquireCharge: async (payment) => {
        const { idempotencyKey: key } = payment;
        const { status, body } = await call(`asks for ${key}`, () => this.book.find('charges', key));
        return status === 404 ? null : readable(verdictIn(body, payment));
      },
      refund: async (refund) => {
        const { refundKey: key } = refund;
        const { status, body } = await call(`gives back ${key}`, () => this.book.refund(key, refund));
        if (status === REFUSED) throw new PermanentError('REFUND_FAILED', JSON.stringify(body));
        return readable(refundIn(body, refund));
      },
      inquireRefund: async (refund) => {
        const { refundKey: key } = refund;
        const { status, body } = await call(`asks for ${key}`, () => this.book.find('refunds', key));
        return status === 404 ? null : readable(refundIn(body, refund));
      },
    };
  }

  async #call(life: Life, what: string, act: () => BookAnswer): Promise<BookAnswer> {
    await life.hazard('before the provider is called');
    const patience = new AbortController();
    const answer = await life.guard(
      Promise.race([
        this.#made(life, what, act),
        this.#scheduler.sleep(CALL_TIMEOUT_MS, patience.signal).then(() => new TransientError('no answer in time')),
      ]),
    );
    patience.abort();
    if (answer instanceof TransientError) throw answer;
    await life.hazard('after the provider was called');
    return answer;
  }

  /** Goes on also when whoever called does not wait for it any more. */
  async #made(life: Life, what: string, act: () => BookAnswer): Promise<BookAnswer | TransientError> {
    const scheduler = this.#scheduler;
    const delayMs = () =>
      scheduler.random() * (scheduler.chance(this.#faults.slowCall) ? MAX_DELAY_MS : MAX_LATENCY_MS);
    await scheduler.sleep(delayMs());
    if (!this.reachable || scheduler.chance(this.#faults.lostCall)) return new TransientError('the call was lost');
    const answer = act();
    scheduler.trace('provider', `${life.name} ${what}: ${answer.status}`);
    await scheduler.sleep(delayMs());
    return scheduler.chance(this.#faults.unansweredCall) ? new TransientError('the answer was lost') : answer;
  }
}

function readable<Answer>(answer: Answer | undefined): Answer {
  if (answer === undefined) throw new TransientError('the answer cannot be read');
  return answer;
}
