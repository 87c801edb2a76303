import { chargeKeyOf } from '@stagedoor/contracts';
import type { ChargeResult, PaymentOrder } from '../src/domain/payment.ts';

export const NOW = new Date('2026-11-22T10:00:00.000Z');

export const later = (ms: number, from = NOW): Date => new Date(from.getTime() + ms);

/** An order with five minutes to go; its key follows from the reservation. */
export const anOrder = (reservationId: string, given: Partial<PaymentOrder> = {}): PaymentOrder => ({
  reservationId,
  userId: 'fan-1',
  scheduleId: 1,
  seatNumber: 42,
  amount: 120_000,
  chargeKey: chargeKeyOf(reservationId),
  requestedAt: NOW,
  deadline: later(300_000),
  ...given,
});

/** A success under the reservation's own key. */
export const aSuccess = (reservationId: string, given: Partial<ChargeResult> = {}): ChargeResult => ({
  reservationId,
  userId: 'fan-1',
  chargeKey: chargeKeyOf(reservationId),
  status: 'SUCCESS',
  failReason: null,
  amount: 120_000,
  ...given,
});

/** A failure under the reservation's own key. */
export const aFailure = (
  reservationId: string,
  failReason: ChargeResult['failReason'] = 'INSUFFICIENT_BALANCE',
  given: Partial<ChargeResult> = {},
): ChargeResult => ({ ...aSuccess(reservationId), status: 'FAILED', failReason, ...given });
