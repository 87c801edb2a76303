import { TransientError } from '@stagedoor/platform';
import type { RefundAnswer, RemoteProvider } from '../../src/application/provider.ts';
import type { AttemptedPayment, Verdict } from '../../src/domain/payment.ts';
import type { AttemptedRefund } from '../../src/domain/refund.ts';

/** What goes wrong with a call: it never arrives, or its answer never comes back. */
type Fault = 'request lost' | 'answer lost';

/** A provider outside, with a book of its own in which each key happens once. Calls wait until the test lets them on. */
export class FakeProvider implements RemoteProvider {
  readonly kind = 'remote';
  readonly name: string;
  readonly charged = new Map<string, Verdict>();
  readonly refunded = new Map<string, RefundAnswer>();
  /** Every call that came in, in order. */
  readonly calls: string[] = [];
  /** Set: calls wait for it. */
  gate: Promise<void> | null = null;
  /** What goes wrong with the calls to come, one after another; null: nothing. */
  faults: (Fault | null)[] = [];
  declines = new Set<string>();
  /** How many orders may be attempted. */
  places = Number.POSITIVE_INFINITY;

  constructor(name = 'outside') {
    this.name = name;
  }

  room(): number {
    return this.places;
  }

  charge({ idempotencyKey, userId }: AttemptedPayment): Promise<Verdict> {
    return this.#effect(`charge ${idempotencyKey}`, this.charged, idempotencyKey, () =>
      this.declines.has(userId)
        ? { status: 'FAILED', failReason: 'DECLINED', balance: null }
        : { status: 'SUCCESS', failReason: null, balance: null },
    );
  }

  async inquireCharge({ idempotencyKey }: AttemptedPayment): Promise<Verdict | null> {
    this.calls.push(`inquire ${idempotencyKey}`);
    return this.charged.get(idempotencyKey) ?? null;
  }

  refund({ refundKey }: AttemptedRefund): Promise<RefundAnswer> {
    return this.#effect(`refund ${refundKey}`, this.refunded, refundKey, () => ({ balance: null }));
  }

  async inquireRefund({ refundKey }: AttemptedRefund): Promise<RefundAnswer | null> {
    this.calls.push(`inquire ${refundKey}`);
    return this.refunded.get(refundKey) ?? null;
  }

  async #effect<Answer>(call: string, book: Map<string, Answer>, key: string, decide: () => Answer): Promise<Answer> {
    this.calls.push(call);
    const fault = this.faults.shift();
    await this.gate;
    if (fault === 'request lost') throw new TransientError('connection refused');
    const answer = book.get(key) ?? decide();
    book.set(key, answer);
    if (fault === 'answer lost') throw new TransientError('timed out');
    return answer;
  }
}
