import { expect, test } from 'vitest';
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

test('payment-worker is down past the deadline: what missed it is EXPIRED, not charged, and the seats are free', async () => {
  const { scheduleId, visitors } = await admittedFans(system.api);
  await system.stack.stopApp('payment-worker');
  const reservations = await Promise.all(
    visitors.map(({ fan, seat, admission }) => payFor(fan, scheduleId, seat, admission)),
  );
  await Promise.all(visitors.map(({ fan }, index) => reaches(fan, reservations[index]?.id as string, 'EXPIRED')));
  await system.stack.startApp('payment-worker');
  for (const { fan } of visitors) expect((await fan.wallet()).body.balance).toBe(150_000);
  expect((await visitors[0]?.fan.seats(scheduleId))?.body.taken).toEqual([]);
});

test('result-worker is down past the deadline: what was paid in time is CONFIRMED, nothing expires', async () => {
  const { scheduleId, visitors } = await admittedFans(system.api);
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
  await expect.poll(() => Date.now() > lastDeadline, { timeout: PAYMENT_TIMEOUT_MS + 5_000, interval: 200 }).toBe(true);
  await system.stack.startApp('result-worker');
  await Promise.all(visitors.map(({ fan }, index) => reaches(fan, reservations[index]?.id as string, 'CONFIRMED')));
});
