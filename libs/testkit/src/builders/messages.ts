import {
  chargeKeyOf,
  type PaymentRequest,
  type PaymentResult,
  type RefundRequest,
  type RefundResult,
  type ReservationOutcome,
  refundKeyOf,
} from '@stagedoor/contracts';
import { uuidv7Ids } from '@stagedoor/platform';

// What the messages of one reservation agree on, so that builders called for the same reservation fit together.
const AMOUNT = 120_000;
const SCHEDULE_ID = 1;
const SEAT_NUMBER = 1;

const timestamp = (): string => new Date().toISOString();

/** A request to pay for a seat; the key follows from the reservation. */
export function aPaymentRequest(given: Partial<PaymentRequest> = {}): PaymentRequest {
  const reservationId = given.reservationId ?? uuidv7Ids.next();
  return {
    reservationId,
    userId: 'fan-1',
    amount: AMOUNT,
    idempotencyKey: chargeKeyOf(reservationId),
    scheduleId: SCHEDULE_ID,
    seatNumber: SEAT_NUMBER,
    requestedAt: timestamp(),
    ...given,
  };
}

/** A payment that went well; with a failReason, one that did not. */
export function aPaymentResult(given: Partial<PaymentResult> = {}): PaymentResult {
  const reservationId = given.reservationId ?? uuidv7Ids.next();
  const failReason = given.failReason ?? null;
  return {
    reservationId,
    userId: 'fan-1',
    status: failReason === null ? 'SUCCESS' : 'FAILED',
    balance: 0,
    processedAt: timestamp(),
    idempotencyKey: chargeKeyOf(reservationId),
    amount: AMOUNT,
    ...given,
    failReason,
  };
}

/** A decision; CONFIRMED unless given. */
export function aReservationOutcome(given: Partial<ReservationOutcome> = {}): ReservationOutcome {
  const reservationId = given.reservationId ?? uuidv7Ids.next();
  return {
    reservationId,
    userId: 'fan-1',
    scheduleId: SCHEDULE_ID,
    seatNumber: SEAT_NUMBER,
    outcome: 'CONFIRMED',
    reason: null,
    chargeKey: chargeKeyOf(reservationId),
    amount: AMOUNT,
    decidedAt: timestamp(),
    ...given,
  };
}

/** A request to give a charge back; its key follows from the charge's. */
export function aRefundRequest(given: Partial<RefundRequest> = {}): RefundRequest {
  const reservationId = given.reservationId ?? uuidv7Ids.next();
  const chargeKey = given.chargeKey ?? chargeKeyOf(reservationId);
  return {
    refundKey: refundKeyOf(chargeKey),
    chargeKey,
    reservationId,
    userId: 'fan-1',
    amount: AMOUNT,
    reason: 'CANCELLED',
    requestedAt: timestamp(),
    ...given,
  };
}

/** A refund that was made. */
export function aRefundResult(given: Partial<RefundResult> = {}): RefundResult {
  const reservationId = given.reservationId ?? uuidv7Ids.next();
  const chargeKey = given.chargeKey ?? chargeKeyOf(reservationId);
  return {
    refundKey: refundKeyOf(chargeKey),
    chargeKey,
    reservationId,
    userId: 'fan-1',
    status: 'REFUNDED',
    balance: AMOUNT,
    processedAt: timestamp(),
    ...given,
  };
}
