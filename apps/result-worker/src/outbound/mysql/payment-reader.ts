import type { PaymentReader, PaymentRecord } from '../../application/ports.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { type DecisionRow, paymentOf } from './payment-rows.ts';

const numberOrNull = (value: bigint | null): number | null => (value === null ? null : Number(value));

/** Reads payments through the typed client. */
export class PrismaPaymentReader implements PaymentReader {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async find(reservationId: string): Promise<PaymentRecord | null> {
    const [decision, refunds, early] = await Promise.all([
      this.#prisma.decision.findUnique({ where: { reservationId } }),
      this.#prisma.refund.findMany({ where: { reservationId } }),
      this.#prisma.earlyResult.findMany({ where: { reservationId } }),
    ]);
    // A refund can be older than all that is kept of its payment.
    if (decision === null && refunds.length === 0) return null;
    const row: DecisionRow = {
      reservation_id: reservationId,
      status: decision?.status ?? 'AWAITING_REQUEST',
      user_id: decision?.userId ?? null,
      schedule_id: numberOrNull(decision?.scheduleId ?? null),
      seat_number: numberOrNull(decision?.seatNumber ?? null),
      amount: numberOrNull(decision?.amount ?? null),
      charge_key: decision?.chargeKey ?? null,
      requested_at: decision?.requestedAt ?? null,
      deadline: decision?.deadline ?? null,
      reason: decision?.reason ?? null,
      decided_key: decision?.decidedKey ?? null,
      decided_at: decision?.decidedAt ?? null,
      refunds_asked: decision?.refundsAsked ?? 0,
    };
    const payment = paymentOf(row, [], new Set());
    return {
      reservationId,
      order: payment.order,
      decision: payment.decision,
      requestsSeen: decision?.requestsSeen ?? 0,
      refunds: refunds.map((refund) => ({ ...refund, amount: numberOrNull(refund.amount) })),
      early: early.map(({ chargeKey, amount, ...result }) => ({
        ...result,
        chargeKey: chargeKey === '' ? null : chargeKey,
        amount: numberOrNull(amount),
      })),
    };
  }
}
