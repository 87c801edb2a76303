import { randomUUID } from 'node:crypto';
import { checkInvariants } from '@stagedoor/testkit';
import { afterAll, expect, test } from 'vitest';
import { openConcert } from '../src/crowd/opening.ts';
import { accessOf } from '../src/stack-access.ts';
import { admitted, newFan, payFor, reaches } from './steps.ts';
import { useStack } from './use-stack.ts';

const PAYMENT_TIMEOUT_MS = 8_000;
const times = { PAYMENT_TIMEOUT_MS: String(PAYMENT_TIMEOUT_MS), SWEEP_INTERVAL_MS: '500', REPUBLISH_AFTER_MS: '2000' };
const system = useStack({
  env: { 'reservation-service': times, 'payment-worker': times, 'result-worker': times },
});
const FANS = 10;
const SLOW_MS = 180_000;

afterAll(async () => {
  const { violations, openRefunds } = await checkInvariants(
    accessOf(system.stack),
    { holdLimit: 4, sweepMs: 5_000 },
    60_000,
  );
  expect([...violations, ...openRefunds]).toEqual([]);
}, 120_000);

async function admittedFans() {
  const { scheduleId } = await openConcert(system.api, 50, 'Outage');
  const fans = await Promise.all(Array.from({ length: FANS }, () => newFan(system.api, 150_000)));
  const admissions = await Promise.all(fans.map((fan) => admitted(fan, scheduleId)));
  return {
    scheduleId,
    visitors: fans.map((fan, index) => ({ fan, admission: admissions[index] as string, seat: index + 1 })),
  };
}

test(
  'Kafka is down: fans still hold and pay, and all are CONFIRMED after',
  async () => {
    const { scheduleId, visitors } = await admittedFans();
    await system.stack.stopService('kafka');
    const reservations = await Promise.all(
      visitors.map(({ fan, seat, admission }) => payFor(fan, scheduleId, seat, admission)),
    );
    await system.stack.startService('kafka');
    await Promise.all(visitors.map(({ fan }, index) => reaches(fan, reservations[index]?.id as string, 'CONFIRMED')));
  },
  SLOW_MS,
);

test(
  'Redis is down: holds and payments still work',
  async () => {
    const { scheduleId, visitors } = await admittedFans();
    await system.stack.stopService('redis');
    try {
      const reservations = await Promise.all(
        visitors.map(({ fan, seat, admission }) => payFor(fan, scheduleId, seat, admission)),
      );
      await Promise.all(visitors.map(({ fan }, index) => reaches(fan, reservations[index]?.id as string, 'CONFIRMED')));
    } finally {
      await system.stack.startService('redis');
    }
  },
  SLOW_MS,
);

test(
  'payment-worker is down past the deadline: what missed it is EXPIRED, not charged, and the seats are free',
  async () => {
    const { scheduleId, visitors } = await admittedFans();
    await system.stack.stopApp('payment-worker');
    const reservations = await Promise.all(
      visitors.map(({ fan, seat, admission }) => payFor(fan, scheduleId, seat, admission)),
    );
    await Promise.all(visitors.map(({ fan }, index) => reaches(fan, reservations[index]?.id as string, 'EXPIRED')));
    await system.stack.startApp('payment-worker');
    for (const { fan } of visitors) expect((await fan.wallet()).body.balance).toBe(150_000);
    expect((await visitors[0]?.fan.seats(scheduleId))?.body.taken).toEqual([]);
  },
  SLOW_MS,
);

test(
  'result-worker is down past the deadline: what was paid in time is CONFIRMED, nothing expires',
  async () => {
    const { scheduleId, visitors } = await admittedFans();
    await system.stack.stopApp('result-worker');
    const reservations = await Promise.all(
      visitors.map(({ fan, seat, admission }) => payFor(fan, scheduleId, seat, admission)),
    );
    const lastDeadline = Math.max(
      ...(await Promise.all(
        visitors.map(async ({ fan }, index) =>
          Date.parse((await fan.reservation(reservations[index]?.id as string)).body.paymentDeadline as string),
        ),
      )),
    );
    await expect
      .poll(() => Date.now() > lastDeadline, { timeout: PAYMENT_TIMEOUT_MS + 5_000, interval: 200 })
      .toBe(true);
    await system.stack.startApp('result-worker');
    await Promise.all(visitors.map(({ fan }, index) => reaches(fan, reservations[index]?.id as string, 'CONFIRMED')));
  },
  SLOW_MS,
);

test(
  'the database is away for a moment: calls are refused with 503, and go on after',
  async () => {
    const { scheduleId, visitors } = await admittedFans();
    const [visitor] = visitors;
    if (visitor === undefined) throw new Error('nobody was admitted');
    await system.stack.stopService('mariadb');
    const refused = await system.api.call('hold', {
      method: 'POST',
      path: '/v1/reservations',
      token: visitor.fan.token,
      headers: { 'x-admission-token': visitor.admission, 'idempotency-key': randomUUID() },
      body: { scheduleId, seatNumber: 20 },
    });
    expect(refused.status).toBe(503);
    await system.stack.startService('mariadb');
    const reservation = await payFor(visitor.fan, scheduleId, 21, visitor.admission);
    await reaches(visitor.fan, reservation.id, 'CONFIRMED');
  },
  SLOW_MS,
);
