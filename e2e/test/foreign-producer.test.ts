import { randomUUID } from 'node:crypto';
import { eventually } from '@stagedoor/testkit';
import { expect, test } from 'vitest';
import { FanSession } from '../src/client/fan-session.ts';
import { produce } from './kcat.ts';
import { newFan } from './steps.ts';
import { useStack } from './use-stack.ts';

const system = useStack();

interface Timeline {
  status: string;
}

test.each([
  ['a time without an offset', new Date().toISOString().slice(0, 19)],
  ["Java's array", [2025, 11, 28, 10, 0, 0, 0]],
])('a bare record with %s is settled, and 20 copies of it charge once', async (_, requestedAt) => {
  const fan = await newFan(system.api, 100_000);
  const reservationId = `foreign-${randomUUID()}`;
  const record = {
    reservationId,
    userId: fan.userId,
    amount: 30_000,
    idempotencyKey: `order-${reservationId}`,
    scheduleId: 99,
    seatNumber: 1,
    requestedAt,
  };
  await produce(system.stack, 'payment-requests', fan.userId, Array(20).fill(JSON.stringify(record)));
  const admin = await FanSession.open(system.api, 'operator', ['admin']);
  await eventually(async () => {
    const timeline = await system.api.call<Timeline>('timeline', {
      method: 'GET',
      path: `/v1/admin/payments/${reservationId}`,
      token: admin.token,
    });
    expect(timeline.body.status).toBe('CONFIRMED');
  }, 60_000);
  await eventually(async () => expect((await fan.wallet()).body.balance).toBe(70_000));
  const entries = await system.api.call<{ items: { kind: string }[] }>('entries', {
    method: 'GET',
    path: '/v1/wallet/entries',
    token: fan.token,
  });
  expect(entries.body.items.filter(({ kind }) => kind === 'CHARGE')).toHaveLength(1);
});
