import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chargeKeyOf } from '@stagedoor/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ReadOnlyDatabase } from '../src/reconcile/database.ts';
import { reconcileTool } from '../src/reconcile/tool.ts';
import { AMOUNT, fourDatabases, PAST, refundKey } from './four-databases.ts';
import { runTool, spawnTool } from './tool-runs.ts';

// Against real databases with the services' own migrations.
let system: Awaited<ReturnType<typeof fourDatabases>>;
beforeAll(async () => {
  system = await fourDatabases();
});
afterAll(() => system.close());
beforeEach(() => system.clear());

// Decisions of January would be forgotten by now.
const KEEP = ['--keep-days', '36500'];
const cli = (...args: string[]) => runTool(reconcileTool, ['--settle', '0', ...KEEP, ...args], system.env);
const found = async () => {
  const { code, stdout, stderr } = await cli('--json');
  expect(stderr).toBe('');
  const { differences } = JSON.parse(stdout) as { differences: { kind: string; subject: string }[] };
  expect(code).toBe(differences.length === 0 ? 0 : 1);
  return differences.map(({ kind, subject }) => `${kind} ${subject}`).toSorted();
};

/** A refund as payment-worker records it. */
const refund = async (id: string) => {
  await system.run('payment', 'UPDATE payments SET charged_reservation_id = NULL WHERE reservation_id = ?', [id]);
  await system.run('payment', 'UPDATE wallets SET balance = balance + ? WHERE user_id = ?', [AMOUNT, `fan-${id}`]);
  await system.transfer('REFUND', `fan-${id}`, refundKey(id), AMOUNT, AMOUNT);
  await system.insert('payment', 'refunds', {
    refund_key: refundKey(id),
    charge_key: chargeKeyOf(id),
    reservation_id: id,
    user_id: `fan-${id}`,
    amount: AMOUNT,
    reason: 'test',
    state: 'SETTLED',
    status: 'REFUNDED',
    processed_at: PAST,
  });
};
const askedRefund = (id: string) =>
  system.insert('result', 'refunds', {
    refund_key: refundKey(id),
    charge_key: chargeKeyOf(id),
    reservation_id: id,
    user_id: `fan-${id}`,
    amount: AMOUNT,
    reason: 'test',
    status: 'REQUESTED',
    requested_at: PAST,
  });
const status = (id: string, status: string, given = '') =>
  system.run('reservation', `UPDATE reservations SET status = ?${given} WHERE id = ?`, [status, id]);

test('what was found is there as metrics, each kind, also at 0', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reconcile-'));
  const file = join(folder, 'reconcile.prom');
  try {
    await system.purchase('a');
    await status('a', 'CANCELLED');
    expect((await cli('--metrics', file)).code).toBe(1);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('reconcile_differences{kind="CHARGE_NOT_RETURNED"} 1\n');
    expect(text).toContain('reconcile_differences{kind="WALLET_DIFFERS"} 0\n');
    expect(text).toMatch(/^reconcile_finished_timestamp_seconds \d+/m);
    expect(readdirSync(folder)).toEqual(['reconcile.prom']);
    expect(await cli('--metrics', join(folder, 'none', 'a'))).toMatchObject({ code: 2, stdout: expect.any(String) });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a sound system has no difference, however many pages it takes', async () => {
  await system.purchase('a');
  await system.purchase('b', 'theirs');
  await system.purchase('foreign-끝', 'also theirs');
  for (let index = 0; index < 1_100; index += 100) {
    const rows = Array.from({ length: 100 }, (_, at) => `w-${String(index + at).padStart(5, '0')}`);
    await system.run(
      'payment',
      `INSERT INTO wallets (user_id, balance, created_at) VALUES ${rows.map(() => `(?, 0, '${PAST}')`)}`,
      rows,
    );
  }
  expect(await found()).toEqual([]);
  const { stdout, code } = await cli();
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^Looked at 1 reservations, 3 charges not given back, .* 1103 wallets.*\.\nNo difference\.\n$/,
  );
});

describe('between the services', () => {
  beforeEach(() => system.purchase('a'));
  const damage: [kind: string, subject: string, damage: () => Promise<unknown>][] = [
    [
      'REQUEST_UNANSWERED',
      'a',
      async () => {
        await status('a', 'PAYMENT_PENDING', ', charge_key = NULL, decided_at = NULL');
        await system.run('result', 'DELETE FROM decisions');
        await system.run('payment', 'UPDATE payments SET status = ?, charged_reservation_id = NULL', ['FAILED']);
        await system.run('payment', `DELETE FROM transfers WHERE kind = 'CHARGE'`);
        await system.run('payment', 'UPDATE wallets SET balance = ?', [AMOUNT]);
      },
    ],
    ['OUTCOME_NOT_APPLIED', 'a', () => status('a', 'PAYMENT_PENDING', ', charge_key = NULL, decided_at = NULL')],
    ['CHARGE_LOST', 'a', () => system.run('payment', 'DELETE FROM payments')],
    [
      'CHARGE_FAILED',
      'a',
      () => system.run('payment', `UPDATE payments SET status = 'FAILED', charged_reservation_id = NULL`),
    ],
    ['CHARGE_RETURNED', 'a', () => refund('a')],
    ['CHARGE_IN_DOUBT', 'a', () => system.run('payment', `UPDATE payments SET state = 'ATTEMPTED', status = NULL`)],
    ['CHARGE_DIFFERS', 'a', () => system.run('reservation', 'UPDATE reservations SET amount = 1')],
    ['DECISION_LOST', 'a', () => system.run('result', 'DELETE FROM decisions')],
    ['CHARGE_NOT_RETURNED', 'a', () => status('a', 'CANCELLED')],
    [
      'REFUND_NOT_TOLD',
      'a',
      async () => {
        await refund('a');
        await status('a', 'CANCELLED', `, refund = 'REQUESTED', cancelled_at = '${PAST}'`);
      },
    ],
    [
      'REFUND_NOT_TOLD',
      refundKey('a'),
      async () => {
        await refund('a');
        await status('a', 'EXPIRED');
        await askedRefund('a');
      },
    ],
    ['REFUND_NOT_MADE', refundKey('z'), () => askedRefund('z')],
    ['RESERVATION_LOST', 'a', () => system.run('reservation', 'DELETE FROM reservations')],
    [
      'CHARGE_LOST',
      'b',
      async () => {
        await system.purchase('b', 'theirs');
        await system.run('payment', `DELETE FROM payments WHERE reservation_id = 'b'`);
      },
    ],
    [
      'SCHEDULE_LOST',
      '77',
      () =>
        system.run(
          'queue',
          `INSERT INTO rooms (schedule_id, mode, rate_per_second, max_inside, opens_at, learned_at, seed, seed_hash,
           created_at, updated_at) VALUES (77, 'queue', 1, 1, ?, ?, '', '', ?, ?)`,
          [PAST, PAST, PAST, PAST],
        ),
    ],
  ];

  test.each(damage)('%s %s', async (kind, subject, make) => {
    expect(await found()).toEqual([]);
    await make();
    // A row that is gone leaves its entries behind.
    const books = /^(ENTRY_WITHOUT_CAUSE|CAUSE_WITHOUT_ENTRY|WALLET_DIFFERS) /;
    expect((await found()).filter((one) => !books.test(one))).toEqual([`${kind} ${subject}`]);
  });

  test('a lost schedule whose number is not given out again does no harm', async () => {
    await damage.find(([kind]) => kind === 'SCHEDULE_LOST')?.[2]();
    await system.run('reservation', 'ALTER TABLE schedules AUTO_INCREMENT = 78');
    expect(await found()).toEqual([]);
    await system.run('reservation', 'ALTER TABLE schedules AUTO_INCREMENT = 1');
  });

  test('what was found is listed with what mends it, and only the kinds that are asked for', async () => {
    await system.run('result', 'DELETE FROM decisions');
    const { code, stdout } = await cli();
    expect(code).toBe(1);
    expect(stdout).toMatch(/^1 +DECISION_LOST +confirmed and charged, and result-worker has no such decision$/m);
    expect(stdout).toMatch(/^DECISION_LOST +a +--apply +CONFIRMED for 90000; decision unknown under no key$/m);
    expect(await cli('--only', 'CHARGE_LOST')).toMatchObject({ code: 0 });
  });

  test('what is on its way is no difference yet', async () => {
    await system.run('result', 'DELETE FROM decisions');
    await system.run('reservation', 'UPDATE reservations SET decided_at = UTC_TIMESTAMP(3)');
    expect(await cli()).toMatchObject({ code: 0 });
    expect(await cli('--grace', '0')).toMatchObject({ code: 1 });
  });
});

describe('within the books', () => {
  beforeEach(() => system.purchase('a'));
  test.each<[string, string, string]>([
    ['WALLET_DIFFERS fan-a', 'a balance that moved by itself', 'UPDATE wallets SET balance = 5'],
    ['WALLET_DIFFERS fan-a', 'a wallet that is gone', `UPDATE wallets SET user_id = 'empty', balance = 0`],
    [
      `CAUSE_WITHOUT_ENTRY ${chargeKeyOf('a')}`,
      'an entry of another amount',
      `UPDATE transfers SET amount = 89999 WHERE kind = 'CHARGE'`,
    ],
    [
      'CAUSE_WITHOUT_ENTRY fan-a:key',
      'a top-up without its entry',
      `UPDATE transfers SET reference = 'funding:x' WHERE kind = 'TOP_UP'`,
    ],
    ['ENTRY_WITHOUT_CAUSE', 'an entry that nothing caused', 'DELETE FROM top_ups'],
  ])('%s: %s', async (expected, _, sql) => {
    if (sql.includes("'empty'"))
      await system.run('payment', `UPDATE transfers SET amount = 90001 WHERE kind = 'CHARGE'`);
    await system.run('payment', sql);
    expect((await found()).join('\n')).toContain(expected);
  });

  test('a top-up of an outside reference is found under it', async () => {
    await system.run('payment', `UPDATE top_ups SET reference = 'bank-1'`);
    await system.run('payment', `UPDATE transfers SET reference = 'funding:bank-1' WHERE kind = 'TOP_UP'`);
    expect(await found()).toEqual([]);
  });
});

describe('what keeps it from its work', () => {
  test.each<[string, string[], Record<string, string>, RegExp]>([
    ['no addresses, and no system here', [], { STAGEDOOR_HOME: '/nowhere' }, /no system runs here/],
    ['one address of four', [], { QUEUE_MYSQL_URL: 'mysql://x' }, /not set: RESERVATION_MYSQL_URL, PAYMENT/],
    ['an unknown kind', ['--only', 'LOST'], {}, /no kind LOST/],
    ['an unknown word', ['now'], {}, /what is now/],
    ['--yes to nothing', ['--yes'], {}, /goes with --apply/],
  ])('%s', async (_, args, env, message) => {
    expect(await runTool(reconcileTool, args, env)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });

  test('a database that does not answer', async () => {
    const env = { ...system.env, RESULT_MYSQL_URL: 'mysql://x:y@127.0.0.1:1/result' };
    expect(await runTool(reconcileTool, [], env)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/cannot be read/),
    });
  });

  test('--apply without a broker in the environment says so before it looks', async () => {
    expect(await cli('--apply')).toMatchObject({ code: 2, stderr: expect.stringMatching(/KAFKA_BROKERS: is not set/) });
  });

  test('--apply asks first', async () => {
    await system.purchase('a');
    await system.run('result', 'DELETE FROM decisions');
    const run = await runTool(reconcileTool, ['--settle', '0', ...KEEP, '--apply'], {
      ...system.env,
      KAFKA_BROKERS: '127.0.0.1:1',
    });
    expect(run).toMatchObject({ code: 2, stderr: expect.stringMatching(/1 messages .*Nothing was sent/) });
  });
});

test('as a process', async () => {
  const { code, stdout, stderr } = await spawnTool('reconcile', ['--settle', '0'], system.env);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('No difference.');
});

test('it cannot write, whoever its user is', async () => {
  const database = new ReadOnlyDatabase(system.env.PAYMENT_MYSQL_URL);
  await expect(database.query('DELETE FROM wallets')).rejects.toThrow(/READ ONLY/);
  await database.close();
});
