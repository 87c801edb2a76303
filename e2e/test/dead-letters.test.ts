import { randomUUID } from 'node:crypto';
import type { OutboundMessage } from '@stagedoor/contracts';
import { openDatabase } from '@stagedoor/platform';
import { eventually } from '@stagedoor/testkit';
import { expect, test } from 'vitest';
import { spawnTool, type ToolRun } from '../../operations/test/tool-runs.ts';
import type { FanSession } from '../src/client/fan-session.ts';
import { accessOf } from '../src/stack-access.ts';
import { produce } from './kcat.ts';
import { admittedFans, newFan, payFor, reaches } from './steps.ts';
import { useStack } from './use-stack.ts';

const sweep = { SWEEP_INTERVAL_MS: '500' };
const system = useStack({
  env: {
    // Fans' requests carry their deadline; what a foreign program asks for has five minutes.
    'reservation-service': { ...sweep, PAYMENT_TIMEOUT_MS: '6000', REPUBLISH_AFTER_MS: '2000' },
    'result-worker': sweep,
  },
});

/** `npm run dead-letters`, with the token that a system in development gives to anyone. */
const cli = (...args: string[]): Promise<ToolRun> =>
  spawnTool('dead-letters', args, { STAGEDOOR_URL: system.stack.urls.edge });
const listed = async (...args: string[]) =>
  (await cli('list', '--json', ...args)).stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { id: string; topic: string; value: string; error: { code: string } });

const aRequest = (fan: FanSession, reservationId = `foreign-${randomUUID()}`) => ({
  reservationId,
  userId: fan.userId,
  amount: 30_000,
  idempotencyKey: `order-${reservationId}`,
  scheduleId: 99,
  seatNumber: 1,
  requestedAt: new Date().toISOString(),
});

const balances = (fan: FanSession, won: number) =>
  eventually(async () => expect((await fan.wallet()).body.balance).toBe(won), 30_000);

test('five bad messages before a good one: five dead letters with reasons, the good one settled, a repaired one too', async () => {
  const fan = await newFan(system.api, 100_000);
  const { amount: _amount, userId: _userId, ...incomplete } = aRequest(fan);
  const bad = [
    'this is not JSON',
    JSON.stringify(incomplete),
    JSON.stringify({ ...aRequest(fan), amount: -30_000 }),
    Buffer.from([0x00, 0xff, 0xfe, 0x80]),
    JSON.stringify({ ...aRequest(fan), amount: 'a lot' }),
  ];
  await produce(system.stack, 'payment-requests', fan.userId, [...bad, JSON.stringify(aRequest(fan))]);
  await balances(fan, 70_000);

  await eventually(async () => expect(await listed()).toHaveLength(5));
  const letters = await listed('--topic', 'payment-requests');
  expect(letters.toReversed().map(({ error }) => error.code)).toEqual([
    'MALFORMED_JSON',
    'VALIDATION_FAILED',
    'VALIDATION_FAILED',
    'NOT_UTF8',
    'VALIDATION_FAILED',
  ]);
  const table = await cli('list');
  expect(table.code).toBe(0);
  for (const { id, error } of letters) expect(table.stdout).toMatch(new RegExp(`^${id} .*${error.code}: .`, 'm'));

  const negative = letters.find(({ value }) => value.includes('-30000'));
  const value = JSON.stringify({ ...JSON.parse(negative?.value ?? '{}'), amount: 30_000 });
  const replay = ['replay', negative?.id ?? '', '--value', value];
  const dryRun = await cli(...replay, '--dry-run');
  expect(dryRun.stdout).toMatch(/payment-requests\/\d .*UNKNOWN +It is charged once/);
  expect(await cli(...replay, '--reason', 'the sign was wrong')).toMatchObject({ code: 0 });
  await balances(fan, 40_000);
  expect((await cli('audit')).stdout).toContain('the sign was wrong');
  expect(await cli('replay', '--all', '--yes', '--reason', 'hope')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('0 replayed, 4 refused'),
  });
  expect(await cli('discard', '--all', '--yes', '--reason', 'nobody repairs them')).toMatchObject({ code: 0 });
  expect(await listed('--status', 'NEW')).toEqual([]);
}, 120_000);

test('a payment request that was dead-lettered leaves no fan hanging: its deadline ends the reservation', async () => {
  const { scheduleId, visitors } = await admittedFans(system.api);
  const [visitor] = visitors;
  if (visitor === undefined) throw new Error('nobody was admitted');
  const { fan, seat, admission } = visitor;
  // Our own requests are always readable: this one is broken while it waits in the outbox for Kafka.
  await system.stack.stopService('kafka');
  const reservation = await payFor(fan, scheduleId, seat, admission);
  const database = openDatabase({ MYSQL_URL: accessOf(system.stack).databases.reservation, MYSQL_POOL_SIZE: 1 });
  const rows: { id: bigint; messages: string }[] = await database.pool.query('SELECT id, messages FROM outbox');
  let original = '';
  for (const { id, messages } of rows) {
    const broken = (JSON.parse(messages) as OutboundMessage[]).map((message) => {
      if (message.topic !== 'payment-requests') return message;
      original = message.value;
      return { ...message, value: message.value.slice(0, 20) };
    });
    await database.pool.query('UPDATE outbox SET messages = ? WHERE id = ?', [JSON.stringify(broken), id]);
  }
  await database.close();
  expect(original).toContain(reservation.id);
  await system.stack.startService('kafka');

  const expired = await reaches(fan, reservation.id, 'EXPIRED');
  expect(expired.failReason).toBe('DEADLINE_EXCEEDED');
  expect((await fan.wallet()).body.balance).toBe(150_000);
  expect((await fan.seats(scheduleId)).body.taken).toEqual([]);
  // Repaired and replayed it comes too late, is answered as before, and changes nothing.
  const [letter] = await listed('--status', 'NEW');
  const replay = ['replay', letter?.id ?? '', '--value', original];
  expect((await cli(...replay, '--dry-run')).stdout).toMatch(/EXPIRED +Decided EXPIRED under this key/);
  expect(await cli(...replay, '--reason', 'a look at what comes of it')).toMatchObject({ code: 0 });
  await eventually(async () => expect(await listed('--status', 'NEW')).toEqual([]));
  expect((await fan.reservation(reservation.id)).body.status).toBe('EXPIRED');
  expect((await fan.wallet()).body.balance).toBe(150_000);
}, 120_000);
