import { encode, type OutboundMessage, topics } from '@stagedoor/contracts';
import { uuidv7Ids } from '@stagedoor/platform';
import type { Connection } from 'mariadb';
import { SEAT_PRICE } from '../system/concert.ts';
import { fanName } from '../tokens/fans.ts';

const PER_STATEMENT = 1_000;
const HOLD_MS = 3_600_000;

/** A reservation as it was seeded. */
export interface Seeded {
  id: string;
  fan: number;
  scheduleId: number;
  seatNumber: number;
}

/**
 * Holds the seats 1, 2, … of the given schedules, one for each of `count` fans from `firstFan` on, written straight into the tables: just
 * what `count` holds would have written, events included, in a fraction of the time. Holding by itself is another suite's.
 */
export async function seedHolds(
  database: Connection,
  count: number,
  schedules: readonly { id: number; seats: number }[],
  firstFan = 0,
): Promise<Seeded[]> {
  const places = schedules.flatMap(({ id, seats }) =>
    Array.from({ length: seats }, (_, seat) => ({ scheduleId: id, seatNumber: seat + 1 })),
  );
  if (places.length < count) throw new Error(`${places.length} seats are too few for ${count} holds`);
  const heldAt = new Date();
  const expiresAt = new Date(heldAt.getTime() + HOLD_MS);
  const seeded = places
    .slice(0, count)
    .map((place, index): Seeded => ({ id: uuidv7Ids.next(), fan: firstFan + index, ...place }));
  for (let from = 0; from < count; from += PER_STATEMENT) {
    const part = seeded.slice(from, from + PER_STATEMENT);
    await database.beginTransaction();
    await database.batch(
      `INSERT INTO reservations (id, user_id, schedule_id, seat_number, amount, status, version, live_slot, held_at,
         hold_expires_at, refund, due_at) VALUES (?, ?, ?, ?, ?, 'TEMPORARY_ASSIGNED', 1, 1, ?, ?, 'NONE', ?)`,
      part.map(({ id, fan, scheduleId, seatNumber }) => [
        id,
        fanName(fan),
        scheduleId,
        seatNumber,
        SEAT_PRICE,
        ...[heldAt, expiresAt, expiresAt].map(utc),
      ]),
    );
    await database.batch(
      'INSERT INTO seat_claims (schedule_id, seat_number, reservation_id) VALUES (?, ?, ?)',
      part.map(({ id, scheduleId, seatNumber }) => [scheduleId, seatNumber, id]),
    );
    await database.query('INSERT INTO outbox (messages, created_at) VALUES (?, UTC_TIMESTAMP(3))', [
      JSON.stringify(part.map((hold) => heldEvent(hold, heldAt))),
    ]);
    await database.commit();
  }
  for (const { id, seats } of schedules) {
    const taken = seeded.filter(({ scheduleId }) => scheduleId === id).length;
    if (taken === 0) continue;
    await database.query('UPDATE seat_maps SET version = version + 1, claimed = ? WHERE schedule_id = ?', [taken, id]);
    await database.query(
      `INSERT INTO seat_changes (schedule_id, version, taken, freed, at)
       SELECT schedule_id, version, ?, '[]', UTC_TIMESTAMP(3) FROM seat_maps WHERE schedule_id = ?`,
      [JSON.stringify([[1, Math.min(taken, seats)]]), id],
    );
  }
  return seeded;
}

/** As the database wants it, whatever time zone this process runs in. */
export const utc = (at: Date): string => at.toISOString().slice(0, 23).replace('T', ' ');

function heldEvent({ id, fan, scheduleId, seatNumber }: Seeded, at: Date): OutboundMessage {
  const eventId = uuidv7Ids.next();
  return encode(
    topics.domainEvents,
    {
      eventId,
      type: 'reservation.held',
      scheduleId,
      occurredAt: at.toISOString(),
      data: {
        reservationId: id,
        userId: fanName(fan),
        seatNumber,
        amount: SEAT_PRICE,
        status: 'TEMPORARY_ASSIGNED',
        reason: null,
        version: 1,
      },
    },
    { eventId, occurredAt: at, producer: 'reservation-service' },
  );
}
