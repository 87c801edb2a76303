import { deadLetterTopic, topics } from '@stagedoor/contracts';
import type { Snapshot } from '@stagedoor/testkit/invariants/snapshot';
import { topicRecords } from '@stagedoor/testkit/invariants/topic-records';
import type { World } from '../world.ts';

export type DatabaseState = Omit<Snapshot, 'topics'>;

/** What the four databases' queries would say at this moment. */
export function databaseState({ databases }: World, takenAt: Date): DatabaseState {
  const reservations = [...databases.reservation.tables.reservations.values()];
  const payments = [...databases.payment.tables.payments.values()];
  const cancelled = new Set(reservations.filter(({ refund }) => refund === 'REQUESTED').map(({ id }) => id));
  const asked = [...databases.result.tables.refunds.values()].filter(({ status }) => status === 'REQUESTED');
  return {
    takenAt,
    reservations,
    claims: [...databases.reservation.tables.claims.values()],
    payments: payments.map((payment) => {
      const verdict = payment.state === 'SETTLED' ? payment.verdict : null;
      const { idempotencyKey: key, reservationId, userId, amount, state, claimsReservation } = payment;
      return {
        ...{ key, reservationId, userId, amount, state },
        status: verdict?.status ?? null,
        failReason: verdict?.failReason ?? null,
        unrefunded: verdict?.status === 'SUCCESS' && claimsReservation,
      };
    }),
    refunds: [...databases.payment.tables.refunds.values()].flatMap((refund) =>
      refund.state === 'SETTLED'
        ? [{ key: refund.refundKey, chargeKey: refund.chargeKey, amount: refund.amount, status: refund.status }]
        : [],
    ),
    wallets: Array.from(databases.payment.tables.wallets, ([userId, balance]) => ({ userId, balance })),
    transfers: [...databases.payment.tables.transfers.values()],
    decisions: [...databases.result.tables.payments.values()].map(({ reservationId, order, decision }) => ({
      reservationId,
      status: decision?.outcome ?? (order === null ? 'AWAITING_REQUEST' : 'PENDING'),
      decidedKey: decision?.chargeKey ?? null,
    })),
    openRefunds: new Set([
      ...asked.map(({ chargeKey }) => chargeKey),
      ...payments
        .filter(({ reservationId }) => cancelled.has(reservationId))
        .map(({ idempotencyKey }) => idempotencyKey),
    ]),
    outboxes: [
      { app: 'reservation-service', rows: databases.reservation.outbox.rows },
      { app: 'payment-worker', rows: databases.payment.outbox.rows },
      { app: 'result-worker', rows: databases.result.outbox.rows },
      { app: 'queue-gateway', rows: databases.queue.outbox.rows },
    ],
  };
}

/** Everything that the invariants range over, the topics read to their ends. */
export function wholeState(world: World, takenAt: Date): Snapshot {
  const names = Object.values(topics).flatMap(({ name }) => [name, deadLetterTopic(name)]);
  const records = names.flatMap((name) => world.broker.partitionsOf(name).flat());
  return { ...databaseState(world, takenAt), topics: topicRecords(records) };
}
