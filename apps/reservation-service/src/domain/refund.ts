import type { RefundResult } from '@stagedoor/contracts';
import { alreadyApplied, type Reservation, rejected, transition, type Verdict } from './reservation.ts';

export type RefundRefusal = 'NOT_CANCELLED' | 'OTHER_CHARGE' | 'VOIDED';

/**
 * The money of a cancelled reservation is back. Refunds of other charges (late, doubled, refused ones) are none of the
 * reservation's business.
 */
export function settleRefund(
  reservation: Reservation,
  { chargeKey, status }: Pick<RefundResult, 'chargeKey' | 'status'>,
  now: Date,
): Verdict<RefundRefusal> {
  if (reservation.status !== 'CANCELLED') return rejected('NOT_CANCELLED');
  if (reservation.chargeKey !== chargeKey) return rejected('OTHER_CHARGE');
  // It was confirmed, so there was a charge: "there was none" contradicts our row, and somebody has to look at it.
  if (status === 'VOIDED') return rejected('VOIDED');
  if (reservation.refund === 'DONE') return alreadyApplied;
  return transition(reservation, 'reservation.refunded', { refund: 'DONE', refundedAt: now });
}
