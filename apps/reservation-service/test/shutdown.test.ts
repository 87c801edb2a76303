import { type DomainEvent, topics } from '@stagedoor/contracts';
import { eventually, type ProcessStage, processStage } from '@stagedoor/testkit';
import { shutdownSuite } from '@stagedoor/testkit/suites/shutdown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

shutdownSuite('reservation-service');

const CLEAN = { code: 0, signal: null };
const HOUR_MS = 3_600_000;
let stage: ProcessStage;
beforeAll(async () => {
  stage = await processStage('reservation-service', [topics.domainEvents]);
});
afterAll(() => stage.strike());

async function post(url: string, headers: Record<string, string>, body: object) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: whatever the route answers
  return { status: answer.status, body: (await answer.json()) as any };
}
const admin = () => ({ authorization: stage.keys.authorization('operator', ['admin']) });

async function aShow(url: string, seats: number): Promise<number> {
  const { body } = await post(`${url}/v1/admin/concerts`, admin(), {
    title: 'A',
    venue: 'B',
    schedules: [
      {
        startsAt: new Date(Date.now() + 24 * HOUR_MS).toISOString(),
        opensAt: new Date(Date.now() - HOUR_MS).toISOString(),
        sections: [{ name: 'Floor', grade: 'R', price: 1_000, rows: 1, rowLength: seats }],
      },
    ],
  });
  return body.schedules[0].id;
}

const hold = (url: string, scheduleId: number, seatNumber: number) => {
  const userId = `fan-${seatNumber}`;
  const headers = {
    authorization: stage.keys.authorization(userId),
    'x-admission-token': stage.keys.admissionToken({ userId, scheduleId }),
  };
  return post(`${url}/v1/reservations`, headers, { scheduleId, seatNumber });
};

describe('SIGTERM', { timeout: 120_000 }, () => {
  test('while a hold waits in its transaction: it commits, and the fan has the answer', async () => {
    const process = stage.start();
    const url = await process.listening();
    const scheduleId = await aShow(url, 10);
    const outsider = await stage.pool.getConnection();
    await outsider.query('START TRANSACTION');
    await outsider.query('SELECT * FROM seat_maps WHERE schedule_id = ? FOR UPDATE', [scheduleId]);
    const waiting = hold(url, scheduleId, 1);
    await eventually(async () => expect(await stage.waitingForLocks()).toBe(1));
    process.signal('SIGTERM');
    await eventually(() => process.log.includes('"closing"'));
    await outsider.query('ROLLBACK');
    await outsider.release();
    const { status, body } = await waiting;
    expect(status).toBe(201);
    expect(await process.exited).toEqual(CLEAN);
    expect(await stage.pool.query('SELECT reservation_id AS id FROM seat_claims')).toEqual([{ id: body.id }]);
  });

  test('while the outbox cannot be sent: it is kept, and the next one sends it without waiting for a lease', async () => {
    const alone = stage.start({ KAFKA_BROKERS: '127.0.0.1:1' });
    const url = await alone.listening();
    const scheduleId = await aShow(url, 10);
    expect((await hold(url, scheduleId, 5)).status).toBe(201);
    alone.signal('SIGTERM');
    expect(await alone.exited).toEqual(CLEAN);
    expect(await stage.pool.query('SELECT name FROM leases')).toEqual([]);
    expect(await stage.pool.query('SELECT id FROM outbox')).not.toEqual([]);
    const next = stage.start();
    await next.listening();
    const told = () => stage.said<DomainEvent>(topics.domainEvents).filter((event) => event.scheduleId === scheduleId);
    await expect
      .poll(() => told().map(({ type }) => type), { timeout: 30_000 })
      .toEqual(['schedule.published', 'reservation.held']);
    next.signal('SIGTERM');
    expect(await next.exited).toEqual(CLEAN);
  });

  test('in the middle of ending a cancelled show: the next one goes on, each reservation ends once', async () => {
    const first = stage.start({ CANCELLATIONS_PER_SECOND: '20' });
    const url = await first.listening();
    const seats = 60;
    const scheduleId = await aShow(url, seats);
    await Promise.all(Array.from({ length: seats }, (_, index) => hold(url, scheduleId, index + 1)));
    const cancelled = await post(`${url}/v1/admin/schedules/${scheduleId}/cancellation`, admin(), { reason: 'Rain' });
    expect(cancelled.status).toBe(202);
    const left = async (): Promise<number> => {
      const claims = await stage.pool.query('SELECT * FROM seat_claims WHERE schedule_id = ?', [scheduleId]);
      return claims.length;
    };
    await eventually(async () => expect(await left()).toBeLessThan(seats), 30_000);
    first.signal('SIGTERM');
    expect(await first.exited).toEqual(CLEAN);
    expect(await left()).toBeGreaterThan(0);

    const next = stage.start();
    await next.listening();
    await eventually(async () => expect(await left()).toBe(0), 30_000);
    const ended = () =>
      stage
        .said<DomainEvent>(topics.domainEvents)
        .filter((event) => event.scheduleId === scheduleId && event.type === 'reservation.expired');
    await expect.poll(() => new Set(ended().map(({ eventId }) => eventId)).size, { timeout: 30_000 }).toBe(seats);
    next.signal('SIGTERM');
    expect(await next.exited).toEqual(CLEAN);
  });
});
