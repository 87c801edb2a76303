import { eventually } from '@stagedoor/testkit';
import { expect, test } from 'vitest';
import type { Reservation } from '../src/client/answers.ts';
import { admittedFans, payFor, reaches } from './steps.ts';
import { useStack } from './use-stack.ts';

const PAYMENT_TIMEOUT_MS = 8_000;
const timeout = { PAYMENT_TIMEOUT_MS: String(PAYMENT_TIMEOUT_MS) };
const sweep = { SWEEP_INTERVAL_MS: '500' };
const system = useStack({
  env: {
    'reservation-service': { ...timeout, ...sweep, REPUBLISH_AFTER_MS: '2000' },
    'payment-worker': timeout,
    'result-worker': { ...timeout, ...sweep, KAFKA_RECOVERY_GRACE_MS: '2000' },
  },
});

type Visitors = Awaited<ReturnType<typeof admittedFans>>['visitors'];

const payAll = (scheduleId: number, visitors: Visitors) =>
  Promise.all(visitors.map(({ fan, seat, admission }) => payFor(fan, scheduleId, seat, admission)));

const allReach = (visitors: Visitors, reservations: Reservation[], status: string) =>
  Promise.all(visitors.map(({ fan }, index) => reaches(fan, reservations[index]?.id as string, status)));

/** Waits until the last of these payments is past its deadline. */
async function deadlinesPass(visitors: Visitors, reservations: Reservation[]): Promise<void> {
  const deadlines = await Promise.all(
    visitors.map(async ({ fan }, index) =>
      Date.parse((await fan.reservation(reservations[index]?.id as string)).body.paymentDeadline as string),
    ),
  );
  await eventually(() => Date.now() > Math.max(...deadlines), PAYMENT_TIMEOUT_MS + 5_000);
}

test('payment-worker is down past the deadline: what missed it is EXPIRED, not charged, and the seats are free', async () => {
  const { scheduleId, visitors } = await admittedFans(system.api);
  await system.stack.stopApp('payment-worker');
  const reservations = await payAll(scheduleId, visitors);
  await allReach(visitors, reservations, 'EXPIRED');
  await system.stack.startApp('payment-worker');
  for (const { fan } of visitors) expect((await fan.wallet()).body.balance).toBe(150_000);
  expect((await visitors[0]?.fan.seats(scheduleId))?.body.taken).toEqual([]);
});

test('result-worker is down past the deadline: what was paid in time is CONFIRMED, nothing expires', async () => {
  const { scheduleId, visitors } = await admittedFans(system.api);
  await system.stack.stopApp('result-worker');
  const reservations = await payAll(scheduleId, visitors);
  await deadlinesPass(visitors, reservations);
  await system.stack.startApp('result-worker');
  await allReach(visitors, reservations, 'CONFIRMED');
});

test('Kafka is down past the deadline: what was charged in time is CONFIRMED, nothing expires', async () => {
  const { scheduleId, visitors } = await admittedFans(system.api);
  await system.stack.stopApp('result-worker');
  const reservations = await payAll(scheduleId, visitors);
  await Promise.all(
    visitors.map(({ fan }) => eventually(async () => expect((await fan.wallet()).body.balance).toBe(0), 60_000)),
  );
  await system.stack.stopService('kafka');
  // Its sweeper runs all the while: past the deadlines, with results that it cannot read.
  await system.stack.startApp('result-worker');
  await deadlinesPass(visitors, reservations);
  await system.stack.startService('kafka');
  await allReach(visitors, reservations, 'CONFIRMED');
});

test('Kafka is down past the deadline, and requests wait for it: EXPIRED when they come, and not charged', async () => {
  const { scheduleId, visitors } = await admittedFans(system.api);
  await system.stack.stopService('kafka');
  const reservations = await payAll(scheduleId, visitors);
  await deadlinesPass(visitors, reservations);
  await system.stack.startService('kafka');
  await allReach(visitors, reservations, 'EXPIRED');
  for (const { fan } of visitors) expect((await fan.wallet()).body.balance).toBe(150_000);
});
