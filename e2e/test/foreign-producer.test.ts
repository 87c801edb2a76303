import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { eventually } from '@stagedoor/testkit';
import { expect, test } from 'vitest';
import { FanSession } from '../src/client/fan-session.ts';
import { newFan } from './steps.ts';
import { useStack } from './use-stack.ts';

const system = useStack();
const run = promisify(execFile);

interface Timeline {
  status: string;
}

/** As a program in another language would that knows only the record: no headers, key userId, Kafka's own partitioner. */
async function produce(userId: string, record: object, copies = 1): Promise<void> {
  const lines = `${Array(copies)
    .fill(`${userId}\t${JSON.stringify(record)}`)
    .join('\n')}\n`;
  const kcat = run('kcat', [
    '-P',
    '-b',
    system.stack.admin.kafkaBrokers,
    '-t',
    'payment-requests',
    '-K',
    '\t',
    '-X',
    'topic.partitioner=murmur2_random',
  ]);
  kcat.child.stdin?.end(lines);
  await kcat;
}

test.each([
  ['a time without an offset', new Date().toISOString().slice(0, 19)],
  ["Java's array", [2025, 11, 28, 10, 0, 0, 0]],
])('a bare record with %s is settled, and 20 copies of it charge once', async (_, requestedAt) => {
  const fan = await newFan(system.api, 100_000);
  const reservationId = `foreign-${randomUUID()}`;
  await produce(
    fan.userId,
    {
      reservationId,
      userId: fan.userId,
      amount: 30_000,
      idempotencyKey: `order-${reservationId}`,
      scheduleId: 99,
      seatNumber: 1,
      requestedAt,
    },
    20,
  );
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
