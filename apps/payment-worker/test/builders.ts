import { chargeKeyOf, refundKeyOf } from '@stagedoor/contracts';
import type { Clock, IdGenerator } from '@stagedoor/platform';
import type { PaymentMetrics } from '../src/application/ports.ts';
import type { PaymentOrder } from '../src/domain/payment.ts';
import type { RefundOrder } from '../src/domain/refund.ts';
import type { TopUpOrder } from '../src/domain/top-up.ts';

/** The moment at which the tests' clocks stand. */
export const NOW = new Date('2025-11-28T10:00:00.000Z');

/** A clock that stands until it is set. */
export function standingClock(at: Date = NOW): Clock & { set(at: Date): void } {
  let now = at;
  return {
    now: () => now,
    sleep: () => Promise.resolve(),
    set(to) {
      now = to;
    },
  };
}

/** 1, 2, 3 … as UUIDs, so that messages are as strict as the real ones. */
export function countingIds(): IdGenerator {
  let count = 0;
  return { next: () => `00000000-0000-7000-8000-${String(++count).padStart(12, '0')}` };
}

/** Metrics that nobody reads. */
export const noMetrics: PaymentMetrics = {
  settled: () => {},
  repeated: () => {},
  conflicted: () => {},
  refunded: () => {},
  refundRefused: () => {},
  toppedUp: () => {},
};

/** An order for a reservation, five minutes before its deadline, under the key that the reservation service would use. */
export function paymentOrder(reservationId: string, userId: string, change: Partial<PaymentOrder> = {}): PaymentOrder {
  return {
    idempotencyKey: chargeKeyOf(reservationId),
    reservationId,
    userId,
    amount: 100,
    scheduleId: 1,
    seatNumber: 1,
    requestedAt: NOW,
    deadline: new Date(NOW.getTime() + 300_000),
    ...change,
  };
}

/** An order to refund the charge that `paymentOrder` makes. */
export function refundOrder(reservationId: string, userId: string, change: Partial<RefundOrder> = {}): RefundOrder {
  const chargeKey = change.chargeKey ?? chargeKeyOf(reservationId);
  return {
    refundKey: refundKeyOf(chargeKey),
    chargeKey,
    reservationId,
    userId,
    amount: 100,
    reason: 'TEST',
    ...change,
  };
}

/** A fan's own top-up. */
export function topUpOrder(userId: string, idempotencyKey: string, change: Partial<TopUpOrder> = {}): TopUpOrder {
  return { requestedBy: userId, idempotencyKey, userId, amount: 1_000, reference: null, ...change };
}
