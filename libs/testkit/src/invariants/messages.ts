import type { Snapshot } from './snapshot.ts';
import type { Violation } from './violation.ts';

/** I9: every consumed message is applied, recognised as seen, counted as foreign, or in a dead-letter topic. */
function checkConsumed({ topics, payments, refunds, reservations, decisions }: Snapshot): Violation[] {
  const violations: Violation[] = [];
  const paymentOf = new Map(payments.map((payment) => [payment.key, payment]));
  const decisionOf = new Map(decisions.map((decision) => [decision.reservationId, decision]));
  const refundKeys = new Set(refunds.map(({ key }) => key));
  const reservationOf = new Map(reservations.map((reservation) => [reservation.id, reservation]));
  const lost = (topic: string, at: string, detail: string) => {
    if (!topics.deadLettered.has(at)) violations.push({ invariant: 'I9', detail: `${topic} ${at}: ${detail}` });
  };
  for (const { key, reservationId, at } of topics.paymentRequests) {
    if (paymentOf.get(key)?.state !== 'SETTLED') lost('payment-requests', at, `${key} has no verdict`);
    const status = decisionOf.get(reservationId)?.status ?? 'AWAITING_REQUEST';
    if (status === 'AWAITING_REQUEST') lost('payment-requests', at, `nobody decides on ${reservationId}`);
  }
  for (const { reservationId, at } of topics.paymentResults) {
    if (!decisionOf.has(reservationId)) lost('payment-results', at, `the result for ${reservationId} is nowhere`);
  }
  for (const { reservationId, at } of topics.reservationOutcomes) {
    if (reservationOf.get(reservationId)?.status === 'PAYMENT_PENDING') {
      lost('reservation-outcomes', at, `${reservationId} is still pending`);
    }
  }
  for (const { key, at } of topics.refundRequests) {
    if (!refundKeys.has(key)) lost('refund-requests', at, `${key} was not answered`);
  }
  for (const { reservationId, status, at } of topics.refundResults) {
    const reservation = reservationOf.get(reservationId);
    if (reservation?.status === 'CANCELLED' && status === 'REFUNDED' && reservation.refund !== 'DONE') {
      lost('refund-results', at, `the refund of ${reservationId} is ${reservation.refund}`);
    }
  }
  return violations;
}

/** I10: every applied transition has its domain event: each version present, first occurrences in order. */
function checkEvents({ topics, reservations }: Snapshot): Violation[] {
  const violations: Violation[] = [];
  const told = new Map<string, number>();
  for (const { reservationId, version } of topics.reservationEvents) {
    const last = told.get(reservationId) ?? 0;
    if (version > last + 1) {
      violations.push({ invariant: 'I10', detail: `${reservationId}: version ${version} came after ${last}` });
    }
    told.set(reservationId, Math.max(last, version));
  }
  for (const { id, version, status } of reservations) {
    const last = told.get(id) ?? 0;
    if (last !== version) {
      violations.push({
        invariant: 'I10',
        detail: `${id} is ${status} at version ${version}; its events end at ${last}`,
      });
    }
  }
  return violations;
}

export const checkMessages = (snapshot: Snapshot): Violation[] => [
  ...checkConsumed(snapshot),
  ...checkEvents(snapshot),
];
