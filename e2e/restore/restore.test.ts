import { consumerGroups } from '@stagedoor/contracts';
import { openDatabase } from '@stagedoor/platform';
import { brokenInvariants, checkInvariants, takeSnapshot } from '@stagedoor/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stack } from '../../infra/stack/index.mjs';
import { spawnTool } from '../../operations/test/tool-runs.ts';
import { FanSession } from '../src/client/fan-session.ts';
import { untilAtRest } from '../src/history/at-rest.ts';
import { ConsumerGroups } from '../src/history/consumer-groups.ts';
import { APPS } from '../src/onsale/own-stack.ts';
import { accessOf } from '../src/stack-access.ts';
import { admitted, newFan, payFor, reaches, refunded } from '../test/steps.ts';
import { useStack } from '../test/use-stack.ts';
import { type MidRun, PRICE, type Purchase, playAroundBackup } from './mid-run.ts';

// npm run test:restore: what docs/runbooks/restore-a-database.md says of each database, done.
const system = useStack(
  {
    env: {
      'reservation-service': { HOLD_TTL_MS: '45000', SWEEP_INTERVAL_MS: '500' },
      'result-worker': { SWEEP_INTERVAL_MS: '500', KAFKA_RECOVERY_GRACE_MS: '2000' },
    },
  },
  allButToldVersions,
);
let groups: ConsumerGroups;
let databases: Record<string, string>;
beforeAll(async () => {
  groups = new ConsumerGroups(system.stack.admin.kafkaBrokers);
  await groups.connect();
  databases = { ...accessOf(system.stack).databases };
});
afterAll(() => groups?.disconnect());

interface Found {
  code: number | null;
  mended: number;
  /** `KIND id`, sorted. */
  differences: string[];
}

/** `npm run reconcile`, as an operator runs it. */
async function reconcile(...args: string[]): Promise<Found> {
  const { code, stdout, stderr } = await spawnTool('reconcile', ['--json', '--grace', '3', '--settle', '1', ...args], {
    ...Object.fromEntries(Object.entries(databases).map(([name, url]) => [`${name.toUpperCase()}_MYSQL_URL`, url])),
    KAFKA_BROKERS: system.stack.admin.kafkaBrokers,
  });
  if (code === 2) throw new Error(stderr);
  const { differences, mended = 0 } = JSON.parse(stdout) as {
    differences: { kind: string; subject: string }[];
    mended?: number;
  };
  return { code, mended, differences: differences.map(({ kind, subject }) => `${kind} ${subject}`).toSorted() };
}
const clean: Found = { code: 0, mended: 0, differences: [] };

/** Everything stopped, one database as it was in the middle of the run, groups rewound, everything started. */
async function restore(run: MidRun, rewound: string[]): Promise<void> {
  const { stack } = system;
  await untilAtRest(groups, databases, 60_000);
  expect(await reconcile()).toEqual(clean);
  for (const app of APPS) await stack.stopApp(app);
  await run.backup.restore();
  run.backup.remove();
  await groups.rewind(rewound);
  for (const app of APPS) await stack.startApp(app);
  await untilAtRest(groups, databases, 120_000);
}

const is = async ({ fan, id }: Purchase, status: string, balance: number) => {
  expect((await fan.reservation(id)).body.status).toBe(status);
  expect((await fan.wallet()).body.balance).toBe(balance);
};

/** Of a restored reservation versions were told that it has not any more; apart from that everything holds. */
async function allButToldVersions(stack: Stack): Promise<void> {
  const limits = { holdLimit: 4, sweepMs: 5_000 };
  const { violations } = await checkInvariants(accessOf(stack), limits, 10_000);
  expect(violations.filter(({ invariant }) => invariant !== 'I10')).toEqual([]);
  for (const { detail } of violations) expect(detail).toContain('is EXPIRED at version 2; its events end at 3');
}

/** Seats and money of the whole system are as the design says (I1 to I5), told by another than reconcile. */
async function seatsAndMoneyAreRight(): Promise<void> {
  const snapshot = await takeSnapshot(accessOf(system.stack));
  const broken = brokenInvariants(snapshot, { holdLimit: 4, sweepMs: 5_000 });
  expect(broken.filter(({ invariant }) => ['I1', 'I2', 'I3', 'I4', 'I5'].includes(invariant))).toEqual([]);
}

test('queue: rooms are learned again, fans keep what they have, new ones come in', async () => {
  const run = await playAroundBackup(system.stack, system.api, 'queue');
  await restore(run, [consumerGroups['queue-gateway']]);
  expect(await reconcile()).toEqual(clean);
  const { untouched, pending, unknown } = run;
  for (const purchase of [untouched, pending, unknown]) await is(purchase, 'CONFIRMED', 0);
  for (const scheduleId of [run.scheduleId, run.laterScheduleId]) {
    const fan = await newFan(system.api, PRICE);
    const { id } = await payFor(fan, scheduleId, 24, await admitted(fan, scheduleId));
    await reaches(fan, id, 'CONFIRMED');
  }
  await seatsAndMoneyAreRight();
}, 600_000);

test('result: everything is decided again as it was', async () => {
  const run = await playAroundBackup(system.stack, system.api, 'result');
  await restore(run, [consumerGroups['result-worker']]);
  expect(await reconcile()).toEqual(clean);
  for (const purchase of [run.untouched, run.held, run.pending, run.unknown, run.toppedUp]) {
    await is(purchase, 'CONFIRMED', 0);
  }
  await is(run.cancelled, 'CANCELLED', PRICE);
  await seatsAndMoneyAreRight();
}, 600_000);

test('payment: lost charges are taken again, lost refunds made again, lost top-ups brought back first', async () => {
  const run = await playAroundBackup(system.stack, system.api, 'payment');
  await restore(run, []);
  const { cancelled, held, pending, unknown, toppedUp } = run;
  const lost = [held, pending, unknown, toppedUp].map(({ id }) => `CHARGE_LOST ${id}`);
  expect((await reconcile()).differences).toEqual([`CHARGE_NOT_RETURNED ${cancelled.id}`, ...lost].toSorted());
  expect(await reconcile('--apply', '--yes')).toEqual({
    code: 1,
    mended: 4,
    differences: [`CHARGE_LOST ${toppedUp.id}`],
  });
  expect((await toppedUp.fan.topUp(PRICE, toppedUp.topUpKey)).status).toBe(201);
  expect(await reconcile('--apply', '--yes')).toEqual({ code: 0, mended: 1, differences: [] });
  for (const purchase of [run.untouched, held, pending, unknown, toppedUp]) await is(purchase, 'CONFIRMED', 0);
  await is(cancelled, 'CANCELLED', PRICE);
  await untilAtRest(groups, databases, 60_000);
  await seatsAndMoneyAreRight();
}, 600_000);

test('reservation: what was pending is confirmed, what was not known is given back, a cancellation is made again', async () => {
  const run = await playAroundBackup(system.stack, system.api, 'reservation');
  await restore(run, [consumerGroups['reservation-service']]);
  const { untouched, cancelled, held, pending, unknown, toppedUp, laterScheduleId } = run;
  await is(pending, 'CONFIRMED', 0);
  const lost = [unknown, toppedUp].map(({ id }) => `RESERVATION_LOST ${id}`);
  const byHand = [`CHARGE_RETURNED ${cancelled.id}`, `SCHEDULE_LOST ${laterScheduleId}`];
  expect((await reconcile()).differences).toEqual([...lost, ...byHand].toSorted());
  expect((await reconcile('--apply', '--yes')).differences).toEqual([...lost, ...byHand].toSorted());
  expect(await reconcile('--apply', '--refund-lost', '--yes')).toEqual({ code: 1, mended: 2, differences: byHand });

  const { token } = await FanSession.open(system.api, 'box-office', ['admin']);
  const path = `/v1/admin/reservations/${cancelled.id}/cancellation`;
  const body = { reason: 'cancelled before the restore' };
  expect((await system.api.call('cancel', { method: 'POST', path, token, body })).status).toBe(202);
  await refunded(cancelled.fan, cancelled.id);
  const database = openDatabase({ MYSQL_URL: databases.reservation as string, MYSQL_POOL_SIZE: 1 });
  await database.pool.query(`ALTER TABLE schedules AUTO_INCREMENT = ${laterScheduleId + 1}`);
  await database.close();
  expect(await reconcile()).toEqual(clean);
  // Paid after the backup for a hold that it had: refused, and given back, all by itself.
  await reaches(held.fan, held.id, 'EXPIRED');
  await is(held, 'EXPIRED', PRICE);
  await is(untouched, 'CONFIRMED', 0);
  await is(cancelled, 'CANCELLED', PRICE);
  for (const { fan } of [unknown, toppedUp]) expect((await fan.wallet()).body.balance).toBe(PRICE);
  await untilAtRest(groups, databases, 60_000);
  await seatsAndMoneyAreRight();
}, 600_000);
