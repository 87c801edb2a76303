import { chargeKeyOf, encode, headerNames, type OutboundMessage, topics } from '@stagedoor/contracts';
import { patchKafkaJs } from '@stagedoor/messaging';
import { uuidv7Ids } from '@stagedoor/platform';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { SEAT_PRICE } from '../system/concert.ts';
import type { System } from '../system/system.ts';
import { fanName } from '../tokens/fans.ts';
import { utc } from './held-reservations.ts';

// A schedule's events all go to one partition, and a request of a partition has to stay below 1 MB.
const PER_ROUND = 500;
const HOUR_MS = 3_600_000;
/** The backlog has hours: nothing of it may expire. */
const DEADLINE_MS = 6 * HOUR_MS;

/**
 * Reservations that were paid for and whose payment requests wait in Kafka: rows, claims, events and requests, just as the
 * reservation service would have left them.
 */
export async function seedPendingPayments(
  system: System,
  count: number,
  schedules: readonly { id: number; seats: number }[],
  tell: (done: number) => void,
): Promise<void> {
  const database = await system.database('reservation');
  patchKafkaJs();
  const kafka = new Kafka({ brokers: system.access.kafka.brokers, clientId: 'bench-seed', logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
  await producer.connect();
  const at = new Date();
  const deadline = new Date(at.getTime() + DEADLINE_MS);
  let fan = 0;
  // The next rows are written while the last ones' messages are sent: nobody reads either before all are there.
  let sending: Promise<void> = Promise.resolve();
  for (const { id: scheduleId, seats } of schedules) {
    const until = Math.min(seats, count - fan);
    for (let first = 1; first <= until; first += PER_ROUND) {
      const rows = Array.from({ length: Math.min(PER_ROUND, until - first + 1) }, (_, index) => ({
        id: uuidv7Ids.next(),
        userId: fanName(fan + index),
        seatNumber: first + index,
      }));
      await database.beginTransaction();
      await database.batch(
        `INSERT INTO reservations (id, user_id, schedule_id, seat_number, amount, status, version, live_slot, payment_key,
           held_at, hold_expires_at, payment_requested_at, payment_deadline, refund, due_at)
         VALUES (?, ?, ?, ?, ?, 'PAYMENT_PENDING', 2, 1, ?, ?, ?, ?, ?, 'NONE', ?)`,
        rows.map(({ id, userId, seatNumber }) => [
          id,
          userId,
          scheduleId,
          seatNumber,
          SEAT_PRICE,
          `pay-${id}`,
          ...[at, deadline, at, deadline, deadline].map(utc),
        ]),
      );
      await database.batch(
        'INSERT INTO seat_claims (schedule_id, seat_number, reservation_id) VALUES (?, ?, ?)',
        rows.map(({ id, seatNumber }) => [scheduleId, seatNumber, id]),
      );
      await database.commit();
      await sending;
      sending = send(
        producer,
        rows.flatMap((row) => messagesOf({ ...row, scheduleId }, at, deadline)),
      );
      // Awaited above and below; a failure meanwhile is told there.
      sending.catch(() => {});
      fan += rows.length;
      tell(fan);
    }
    await database.query('UPDATE seat_maps SET version = version + 1, claimed = ? WHERE schedule_id = ?', [
      Math.max(0, until),
      scheduleId,
    ]);
    await database.query(
      `INSERT INTO seat_changes (schedule_id, version, taken, freed, at)
       SELECT schedule_id, version, ?, '[]', UTC_TIMESTAMP(3) FROM seat_maps WHERE schedule_id = ?`,
      [JSON.stringify([[1, Math.max(1, until)]]), scheduleId],
    );
  }
  await sending;
  await producer.disconnect();
}

function messagesOf(
  { id, userId, scheduleId, seatNumber }: { id: string; userId: string; scheduleId: number; seatNumber: number },
  at: Date,
  deadline: Date,
): OutboundMessage[] {
  const event = (
    type: 'reservation.held' | 'reservation.payment-pending',
    status: 'TEMPORARY_ASSIGNED' | 'PAYMENT_PENDING',
    version: number,
  ) => {
    const eventId = uuidv7Ids.next();
    const data = { reservationId: id, userId, seatNumber, amount: SEAT_PRICE, status, reason: null, version };
    return encode(
      topics.domainEvents,
      { eventId, type, scheduleId, occurredAt: at.toISOString(), data },
      { eventId, occurredAt: at, producer: 'reservation-service' },
    );
  };
  const request = encode(
    topics.paymentRequests,
    {
      reservationId: id,
      userId,
      amount: SEAT_PRICE,
      idempotencyKey: chargeKeyOf(id),
      scheduleId,
      seatNumber,
      requestedAt: at.toISOString(),
    },
    {
      eventId: uuidv7Ids.next(),
      occurredAt: at,
      producer: 'reservation-service',
      headers: { [headerNames.deadline]: deadline.toISOString() },
    },
  );
  return [
    event('reservation.held', 'TEMPORARY_ASSIGNED', 1),
    event('reservation.payment-pending', 'PAYMENT_PENDING', 2),
    request,
  ];
}

async function send(producer: Producer, messages: readonly OutboundMessage[]): Promise<void> {
  const byTopic = Map.groupBy(messages, ({ topic }) => topic);
  await producer.sendBatch({
    acks: -1,
    topicMessages: [...byTopic].map(([topic, of]) => ({
      topic,
      messages: of.map(({ key, value, headers }) => ({ key, value, headers })),
    })),
  });
}
