import { type DomainEvent, topics } from '@stagedoor/contracts';
import { aReservationOutcome } from '@stagedoor/testkit';
import { rebalanceSuite } from '@stagedoor/testkit/suites/rebalance';
import { expect } from 'vitest';

const PRICE = 60_000;
const HOUR_MS = 3_600_000;
const AT_ONCE = 20;

let scheduleId = 0;
/** Reservations that wait for their outcome, by the number of their message. */
const pending: { id: string; userId: string }[] = [];

rebalanceSuite({
  app: 'reservation-service',
  reads: [topics.reservationOutcomes, topics.refundResults],
  writes: [topics.domainEvents],
  env: { COMMIT_MAX_BATCH: '10' },
  async prepare({ keys }, url, count) {
    const call = async <Body>(path: string, headers: Record<string, string>, body?: object): Promise<Body> => {
      const answer = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const answered = (await answer.json()) as Body;
      expect(answer.ok, JSON.stringify(answered)).toBe(true);
      return answered;
    };
    const show = {
      startsAt: new Date(Date.now() + 24 * HOUR_MS).toISOString(),
      opensAt: new Date(Date.now() - HOUR_MS).toISOString(),
      sections: [{ name: 'Floor', grade: 'R', price: PRICE, rows: 1, rowLength: count }],
    };
    const admin = { authorization: keys.authorization('operator', ['admin']) };
    const concert = await call<{ schedules: [{ id: number }] }>('/v1/admin/concerts', admin, {
      title: 'A',
      venue: 'B',
      schedules: [show],
    });
    scheduleId = concert.schedules[0].id;
    let next = 0;
    const buy = async (): Promise<void> => {
      for (let n = next++; n < count; n = next++) {
        const userId = `fan-${n}`;
        const fan = { authorization: keys.authorization(userId) };
        const admission = { 'x-admission-token': keys.admissionToken({ userId, scheduleId }) };
        const { id } = await call<{ id: string }>(
          '/v1/reservations',
          { ...fan, ...admission },
          { scheduleId, seatNumber: n + 1 },
        );
        await call(`/v1/reservations/${id}/payment`, { ...fan, 'idempotency-key': 'k' });
        pending[n] = { id, userId };
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, buy));
  },
  feed: (stage, from, to) =>
    stage.tell(
      topics.reservationOutcomes,
      pending
        .slice(from, to)
        .map(({ id, userId }) => aReservationOutcome({ reservationId: id, userId, amount: PRICE })),
    ),
  async effects({ pool }) {
    const [row] = await pool.query("SELECT COUNT(*) AS confirmed FROM reservations WHERE status = 'CONFIRMED'");
    return Number(row.confirmed);
  },
  lock: (n) => ({ sql: 'SELECT * FROM reservations WHERE id = ? FOR UPDATE', params: [pending[n]?.id] }),
  async expectOnce({ pool, said }, count) {
    const [map] = await pool.query('SELECT sold FROM seat_maps WHERE schedule_id = ?', [scheduleId]);
    expect(Number(map.sold)).toBe(count);
    const confirmations = () =>
      said<DomainEvent>(topics.domainEvents).filter(({ type }) => type === 'reservation.confirmed');
    // An event is told again with the same id; a second transition would have made another.
    await expect.poll(() => new Set(confirmations().map(({ eventId }) => eventId)).size).toBe(count);
  },
});
