import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { admittedFans, payFor, reaches } from './steps.ts';
import { useStack } from './use-stack.ts';

const system = useStack();

/** How long Kafka stays away at least, in milliseconds: OUTAGE_MS=60000 makes it a minute. */
const OUTAGE_MS = Number(process.env.OUTAGE_MS ?? 0);

test('Kafka is down: fans still hold and pay, and all are CONFIRMED after', async () => {
  const { scheduleId, visitors } = await admittedFans(system.api);
  await system.stack.stopService('kafka');
  const downSince = Date.now();
  const reservations = await Promise.all(
    visitors.map(({ fan, seat, admission }) => payFor(fan, scheduleId, seat, admission)),
  );
  await expect.poll(() => Date.now() - downSince, { timeout: OUTAGE_MS + 10_000 }).toBeGreaterThanOrEqual(OUTAGE_MS);
  await system.stack.startService('kafka');
  await Promise.all(visitors.map(({ fan }, index) => reaches(fan, reservations[index]?.id as string, 'CONFIRMED')));
});

test('Redis is down: holds and payments still work', async () => {
  const { scheduleId, visitors } = await admittedFans(system.api);
  await system.stack.stopService('redis');
  try {
    const reservations = await Promise.all(
      visitors.map(({ fan, seat, admission }) => payFor(fan, scheduleId, seat, admission)),
    );
    await Promise.all(visitors.map(({ fan }, index) => reaches(fan, reservations[index]?.id as string, 'CONFIRMED')));
  } finally {
    await system.stack.startService('redis');
  }
});

test('the database is away for a moment: calls are refused with 503, and go on after', async () => {
  const { scheduleId, visitors } = await admittedFans(system.api);
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
});
