import type { RefundResult } from '@stagedoor/contracts';
import { alreadyApplied, type Reservation, rejected, transition, type Verdict } from './reservation.ts';

export type RefundRefusal = 'NOT_CANCELLED' | 'OTHER_CHARGE' | 'VOIDED' | 'STILL_CONFIRMED';

/**
 * The money of a cancelled reservation is back. Refunds of other charges (late, doubled, refused ones) are none of the
 * reservation's business.
 */
export function settleRefund(
  reservation: Reservation,
  { chargeKey, status }: Pick<RefundResult, 'chargeKey' | 'status'>,
  now: Date,
): Verdict<RefundRefusal> {
  const isOwnCharge = reservation.chargeKey === chargeKey;
  // Nobody here asked for it: the fan has the seat and the money, and somebody has to look at it.
  if (reservation.status === 'CONFIRMED' && isOwnCharge) return rejected('STILL_CONFIRMED');
  if (reservation.status !== 'CANCELLED') return rejected('NOT_CANCELLED');
  if (!isOwnCharge) return rejected('OTHER_CHARGE');
  // It was confirmed, so there was a charge: "there was none" contradicts our row, and somebody has to look at it.
  if (status === 'VOIDED') return rejected('VOIDED');
  if (reservation.refund === 'DONE') return alreadyApplied;
  return transition(reservation, 'reservation.refunded', { refund: 'DONE', refundedAt: now });
}
