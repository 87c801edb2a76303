import { chargeKeyOf, refundKeyOf } from '@stagedoor/contracts';
import { openDatabase } from '@stagedoor/platform';
import { testDatabase } from '@stagedoor/testkit';

/** The four databases with their migrations, and rows as the services write them. */
export async function fourDatabases() {
  const all = {
    queue: await testDatabase('queue-gateway'),
    reservation: await testDatabase('reservation-service'),
    payment: await testDatabase('payment-worker'),
    result: await testDatabase('result-worker'),
  };
  const pools = {
    queue: openDatabase(all.queue.config),
    reservation: openDatabase(all.reservation.config),
    payment: openDatabase(all.payment.config),
    result: openDatabase(all.result.config),
  };
  const run = (name: keyof typeof pools, sql: string, params: unknown[] = []) => pools[name].pool.query(sql, params);
  const insert = (name: keyof typeof pools, table: string, row: Record<string, unknown>) =>
    run(
      name,
      `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row).map(() => '?')})`,
      Object.values(row),
    );

  /** A wallet with its entries: topped up, and charged as often as asked. */
  async function wallet(userId: string, balance: number): Promise<void> {
    await insert('payment', 'wallets', { user_id: userId, balance, created_at: PAST });
    await insert('payment', 'top_ups', {
      request_key: `${userId}:key`,
      requested_by: userId,
      idempotency_key: 'key',
      user_id: userId,
      amount: balance,
      reference: null,
      balance,
      created_at: PAST,
    });
    await transfer('TOP_UP', userId, `${userId}:key`, balance, balance);
  }

  const transfer = (kind: string, user: string, reference: string, amount: number, balanceAfter: number) =>
    insert('payment', 'transfers', {
      kind,
      debit_account: kind === 'CHARGE' ? `fan:${user}` : kind === 'REFUND' ? 'system:sales' : 'system:funding',
      credit_account: kind === 'CHARGE' ? 'system:sales' : `fan:${user}`,
      amount,
      user_id: user,
      reference,
      balance_after: balanceAfter,
      created_at: PAST,
    });

  /** A purchase that is settled everywhere; the fan has paid all that there was. */
  async function purchase(id: string, chargeKey = chargeKeyOf(id)): Promise<void> {
    const userId = `fan-${id}`;
    await wallet(userId, AMOUNT);
    await run('payment', 'UPDATE wallets SET balance = 0 WHERE user_id = ?', [userId]);
    await transfer('CHARGE', userId, chargeKey, AMOUNT, 0);
    await insert('payment', 'payments', {
      idempotency_key: chargeKey,
      reservation_id: id,
      user_id: userId,
      amount: AMOUNT,
      schedule_id: 1,
      seat_number: 1,
      state: 'SETTLED',
      status: 'SUCCESS',
      balance: 0,
      deadline: PAST,
      requested_at: PAST,
      received_at: PAST,
      attempted_at: PAST,
      settled_at: PAST,
      charged_reservation_id: id,
    });
    await insert('result', 'decisions', {
      reservation_id: id,
      status: 'CONFIRMED',
      user_id: userId,
      schedule_id: 1,
      seat_number: 1,
      amount: AMOUNT,
      charge_key: chargeKey,
      requested_at: PAST,
      deadline: PAST,
      decided_key: chargeKey,
      decided_at: PAST,
      due_at: '2999-01-01',
      created_at: PAST,
    });
    if (chargeKey !== chargeKeyOf(id)) return;
    await insert('reservation', 'reservations', {
      id,
      user_id: userId,
      schedule_id: 1,
      seat_number: 1,
      amount: AMOUNT,
      status: 'CONFIRMED',
      version: 3,
      charge_key: chargeKey,
      held_at: PAST,
      hold_expires_at: PAST,
      payment_requested_at: PAST,
      payment_deadline: PAST,
      decided_at: PAST,
      refund: 'NONE',
    });
  }

  return {
    env: {
      QUEUE_MYSQL_URL: all.queue.url,
      RESERVATION_MYSQL_URL: all.reservation.url,
      PAYMENT_MYSQL_URL: all.payment.url,
      RESULT_MYSQL_URL: all.result.url,
    },
    run,
    insert,
    wallet,
    transfer,
    purchase,
    /** Empties every table that is written here. */
    async clear() {
      for (const table of ['wallets', 'top_ups', 'transfers', 'payments', 'refunds']) {
        await run('payment', `DELETE FROM ${table}`);
      }
      for (const table of ['decisions', 'refunds']) await run('result', `DELETE FROM ${table}`);
      await run('reservation', 'DELETE FROM reservations');
      await run('queue', 'DELETE FROM rooms');
    },
    async close() {
      for (const name of ['queue', 'reservation', 'payment', 'result'] as const) {
        await pools[name].close();
        await all[name].drop();
      }
    },
  };
}

/** Long enough ago that nothing is on its way any more. */
export const PAST = '2026-01-01 10:00:00.000';
export const AMOUNT = 90_000;
export const refundKey = (id: string): string => refundKeyOf(chargeKeyOf(id));
