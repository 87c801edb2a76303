import { chargeKeyOf } from '@stagedoor/contracts';
import type { Difference, Remedy } from './difference.ts';
import { outcome, paymentRequest, refundRequest } from './messages.ts';
import type { Decision, Order, Payment, Reservation, ReservationRecord } from './records.ts';

/** What reconcile has to know of the system that it looks at. */
export interface Terms {
  now: Date;
  /** How long a step may take before it is missing, in milliseconds. */
  graceMs: number;
  /** How long result-worker keeps a decision, in milliseconds. */
  keepDecisionsMs: number;
  /** Whether fans are charged by their wallets, which must hold the money. */
  chargesWallets: boolean;
}

const REASON = 'RECONCILIATION';

/**
 * What the services do not agree about in one reservation's money (design §4, I2 and I3). Nothing that time alone may still
 * mend: each step has its grace.
 */
export function differencesOf(record: ReservationRecord, terms: Terms): Difference[] {
  const { reservation } = record;
  if (reservation === null) return ofUnknown(record, terms);
  switch (reservation.status) {
    case 'CONFIRMED':
      return ofConfirmed(record, reservation, terms);
    case 'PAYMENT_PENDING':
      return ofPending(record, reservation, terms);
    case 'TEMPORARY_ASSIGNED':
    case 'PAYMENT_FAILED':
    case 'EXPIRED':
    case 'CANCELLED':
      return ofUnpaid(record, reservation, terms);
  }
}

function ofPending(record: ReservationRecord, reservation: Reservation, terms: Terms): Difference[] {
  const { reservationId, decision } = record;
  const order = orderOf(reservationId, reservation);
  if (isDecided(decision) && isOver(decision.decidedAt, terms)) {
    const detail = `PAYMENT_PENDING; decided ${decision.status} at ${decision.decidedAt.toISOString()}`;
    const messages = [outcome(reservationId, decision.order ?? order, decision)];
    return [{ kind: 'OUTCOME_NOT_APPLIED', subject: reservationId, detail, remedy: { by: 'messages', messages } }];
  }
  const deadline = reservation.paymentDeadline ?? reservation.paymentRequestedAt ?? terms.now;
  if (isDecided(decision) || !isOver(deadline, terms)) return [];
  const detail = `PAYMENT_PENDING since its deadline ${deadline.toISOString()}; ${decision?.status ?? 'no decision'}`;
  const messages = [paymentRequest(reservationId, order, deadline)];
  return [{ kind: 'REQUEST_UNANSWERED', subject: reservationId, detail, remedy: { by: 'messages', messages } }];
}

function ofConfirmed(record: ReservationRecord, reservation: Reservation, terms: Terms): Difference[] {
  const { reservationId, decision, payments, walletBalance } = record;
  if (!isOver(reservation.decidedAt ?? terms.now, terms)) return [];
  const order = orderOf(reservationId, reservation);
  const payment = payments.find(({ chargeKey }) => chargeKey === order.chargeKey);
  const found = (kind: Difference['kind'], detail: string, remedy: Remedy): Difference[] => [
    { kind, subject: reservationId, detail: `CONFIRMED for ${reservation.amount}; ${detail}`, remedy },
  ];
  const others = payments.filter(({ chargeKey, unrefunded }) => unrefunded && chargeKey !== order.chargeKey);
  const twice = others.flatMap((other) => notReturned(record, other, 'CONFIRMED under another charge'));
  if (payment === undefined) {
    return [
      ...found('CHARGE_LOST', `${order.chargeKey} is unknown`, chargeAgain(reservationId, order, walletBalance, terms)),
      ...twice,
    ];
  }
  if (payment.state !== 'SETTLED') return [...inDoubt(record, payment, order, terms), ...twice];
  if (payment.status === 'FAILED') {
    const detail = `${order.chargeKey} is FAILED, ${payment.failReason}`;
    return [...found('CHARGE_FAILED', detail, cancelByHand(reservationId)), ...twice];
  }
  if (!payment.unrefunded) {
    return [...found('CHARGE_RETURNED', `${order.chargeKey} was given back`, cancelByHand(reservationId)), ...twice];
  }
  if (payment.amount !== reservation.amount || payment.userId !== reservation.userId) {
    const detail = `${order.chargeKey} charged ${payment.amount} of ${payment.userId}`;
    return [...found('CHARGE_DIFFERS', detail, cancelByHand(reservationId)), ...twice];
  }
  const agrees = decision?.status === 'CONFIRMED' && decision.decidedKey === order.chargeKey;
  if (agrees || isForgotten(reservation.decidedAt, terms)) return twice;
  const detail = `decision ${decision?.status ?? 'unknown'} under ${decision?.decidedKey ?? 'no key'}`;
  // An open row already has its old deadline: it is expired as soon as the sweeper looks, whatever is sent now.
  const remedy: Remedy =
    decision === null || decision.status === 'AWAITING_REQUEST'
      ? { by: 'messages', messages: [paymentRequest(reservationId, order, 'fresh')] }
      : { by: 'hand', how: 'stop result-worker and set its group back to the beginning (docs/runbooks)' };
  return [...found('DECISION_LOST', detail, remedy), ...twice];
}

function ofUnpaid(record: ReservationRecord, reservation: Reservation, terms: Terms): Difference[] {
  const { reservationId, decision, payments, refunds } = record;
  const order = orderOf(reservationId, reservation);
  const all = payments.flatMap((payment): Difference[] => {
    if (payment.state !== 'SETTLED') return inDoubt(record, payment, payment.order ?? order, terms);
    if (!payment.unrefunded || !isOver(latest(payment.settledAt, reservation.cancelledAt), terms)) return [];
    if (isDecided(decision) && decision.status === 'CONFIRMED' && reservation.status !== 'CANCELLED') {
      // It is told again: the reservation refuses the charge, remembers that, and asks for it to be given back.
      const detail = `${reservation.status}; decided CONFIRMED under ${decision.decidedKey}`;
      const messages = [outcome(reservationId, decision.order ?? order, decision)];
      return [{ kind: 'OUTCOME_NOT_APPLIED', subject: reservationId, detail, remedy: { by: 'messages', messages } }];
    }
    return notReturned(record, payment, reservation.status);
  });
  const refunded = refunds.some(({ chargeKey, status }) => chargeKey === order.chargeKey && status === 'REFUNDED');
  if (reservation.refund === 'REQUESTED' && refunded && isOver(reservation.cancelledAt ?? terms.now, terms)) {
    const charge = payments.find(({ chargeKey }) => chargeKey === order.chargeKey) ?? order;
    const messages = [refundRequest(reservationId, charge, REASON)];
    const detail = `${reservation.status}, refund REQUESTED; ${order.chargeKey} was given back`;
    all.push({ kind: 'REFUND_NOT_TOLD', subject: reservationId, detail, remedy: { by: 'messages', messages } });
  }
  return all;
}

/** Money of reservations that reservation-service does not know: a foreign producer's, or lost. */
function ofUnknown(record: ReservationRecord, terms: Terms): Difference[] {
  const { reservationId, decision, payments, walletBalance } = record;
  const own = chargeKeyOf(reservationId);
  const all: Difference[] = [];
  for (const payment of payments) {
    const { chargeKey, amount, userId, order } = payment;
    if (payment.state !== 'SETTLED') {
      if (order !== null) all.push(...inDoubt(record, payment, order, terms));
      continue;
    }
    if (!payment.unrefunded || !isOver(payment.settledAt ?? terms.now, terms)) continue;
    const confirmed = decision?.status === 'CONFIRMED' && decision.decidedKey === chargeKey;
    // Only the reservation service makes keys from its ids (design §3).
    if (chargeKey === own && (confirmed || decision === null)) {
      const detail = `${userId} paid ${amount} under ${chargeKey}; no such reservation`;
      const messages = [refundRequest(reservationId, payment, REASON)];
      const remedy: Remedy = { by: 'messages-if-asked', option: '--refund-lost', messages };
      all.push({ kind: 'RESERVATION_LOST', subject: reservationId, detail, remedy });
    } else if (isDecided(decision) && !confirmed) {
      all.push(...notReturned(record, payment, `decided ${decision.status}, no reservation here`));
    } else if (decision === null && order !== null && !isForgotten(payment.settledAt, terms)) {
      const detail = `${chargeKey} was charged; no decision, no reservation here`;
      const messages = [paymentRequest(reservationId, order, 'fresh')];
      all.push({ kind: 'DECISION_LOST', subject: reservationId, detail, remedy: { by: 'messages', messages } });
    }
  }
  const charge = payments.find(({ chargeKey }) => chargeKey === decision?.decidedKey);
  if (
    decision?.status === 'CONFIRMED' &&
    charge === undefined &&
    decision.order !== null &&
    own !== decision.decidedKey
  ) {
    const detail = `decided CONFIRMED under ${decision.decidedKey}, which is unknown; no reservation here`;
    const order = { ...decision.order, chargeKey: decision.decidedKey ?? decision.order.chargeKey };
    const remedy = chargeAgain(reservationId, order, walletBalance, terms);
    all.push({ kind: 'CHARGE_LOST', subject: reservationId, detail, remedy });
  }
  return all;
}

function notReturned({ reservationId }: ReservationRecord, payment: Payment, why: string): Difference[] {
  const detail = `${why}; ${payment.chargeKey} of ${payment.amount} was charged and not given back`;
  const messages = [refundRequest(reservationId, payment, REASON)];
  return [{ kind: 'CHARGE_NOT_RETURNED', subject: reservationId, detail, remedy: { by: 'messages', messages } }];
}

function inDoubt({ reservationId }: ReservationRecord, payment: Payment, order: Order, terms: Terms): Difference[] {
  if (!isOver(payment.receivedAt, terms)) return [];
  const detail = `${payment.chargeKey} is ${payment.state} since ${payment.receivedAt.toISOString()}`;
  // The key is known, so the provider is asked and the deadline is not looked at.
  const messages = [paymentRequest(reservationId, { ...order, chargeKey: payment.chargeKey }, 'fresh')];
  return [{ kind: 'CHARGE_IN_DOUBT', subject: reservationId, detail, remedy: { by: 'messages', messages } }];
}

/** Charging what was lost; a wallet that does not hold the money would burn the key with a failure. */
function chargeAgain(reservationId: string, order: Order, walletBalance: number | null, terms: Terms): Remedy {
  if (terms.chargesWallets && (walletBalance ?? 0) < order.amount) {
    const has = walletBalance === null ? 'no wallet' : `only ${walletBalance}`;
    return { by: 'hand', how: `${order.userId} has ${has}: bring back lost top-ups, then run this again` };
  }
  return { by: 'messages', messages: [paymentRequest(reservationId, order, 'fresh')] };
}

const cancelByHand = (reservationId: string): Remedy => ({
  by: 'hand',
  how: `cancel it, or leave the fan the seat: POST /v1/admin/reservations/${reservationId}/cancellation {reason}`,
});

const orderOf = (reservationId: string, reservation: Reservation): Order => ({
  ...reservation,
  chargeKey: reservation.chargeKey ?? chargeKeyOf(reservationId),
  requestedAt: reservation.paymentRequestedAt ?? reservation.decidedAt ?? new Date(0),
});

function isDecided(decision: Decision | null): decision is Decision & {
  status: 'CONFIRMED' | 'PAYMENT_FAILED' | 'EXPIRED';
  decidedKey: string;
  decidedAt: Date;
} {
  return decision !== null && decision.decidedKey !== null && decision.decidedAt !== null;
}

const isOver = (since: Date, { now, graceMs }: Terms): boolean => now.getTime() - since.getTime() > graceMs;

const isForgotten = (decidedAt: Date | null, { now, keepDecisionsMs }: Terms): boolean =>
  decidedAt !== null && now.getTime() - decidedAt.getTime() > keepDecisionsMs;

const latest = (...dates: (Date | null)[]): Date => new Date(Math.max(...dates.map((date) => date?.getTime() ?? 0)));
