import type { ReadOnlyDatabase } from '../database.ts';
import type { Difference, Kind, Remedy } from '../difference.ts';
import type { Pass } from './pass.ts';

const byHand: Remedy = { by: 'hand', how: 'no message mends books: find out what wrote them' };

const found = (kind: Kind, subject: string, detail: string): Difference => ({ kind, subject, detail, remedy: byHand });

const keysOf =
  (database: ReadOnlyDatabase, select: string, first: string | number = '') =>
  async (after: string | null, limit: number) => {
    const rows = await database.query<{ id: string | number | bigint }>(select, [after ?? first, limit]);
    return rows.map(({ id }) => String(id));
  };

/** payment-worker's books within themselves (design §4, I4 and I5): wallets and their entries, entries and their causes. */
export function ledgerPasses(payment: ReadOnlyDatabase): Pass[] {
  const wallets = (keys: readonly string[]) => examineWallets(payment, keys);
  const cause = (name: string, table: string, key: string, kind: string, where: string, reference = key): Pass => ({
    name,
    keys: keysOf(payment, `SELECT ${key} AS id FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT ?`),
    examine: (keys) => examineCauses(payment, { table, key, kind, where, reference }, keys),
  });
  return [
    {
      name: 'wallets',
      keys: keysOf(payment, 'SELECT user_id AS id FROM wallets WHERE user_id > ? ORDER BY user_id LIMIT ?'),
      examine: wallets,
    },
    {
      name: 'fans with entries',
      keys: keysOf(
        payment,
        'SELECT user_id AS id FROM transfers WHERE user_id > ? GROUP BY user_id ORDER BY user_id LIMIT ?',
      ),
      examine: wallets,
    },
    cause('payments', 'payments', 'idempotency_key', 'CHARGE', `status = 'SUCCESS'`),
    cause('refunds', 'refunds', 'refund_key', 'REFUND', `status = 'REFUNDED'`),
    cause(
      'top-ups',
      'top_ups',
      'request_key',
      'TOP_UP',
      'TRUE',
      `COALESCE(CONCAT('funding:', reference), request_key)`,
    ),
    {
      name: 'entries of the ledger',
      keys: keysOf(payment, 'SELECT id FROM transfers WHERE id > ? ORDER BY id LIMIT ?', 0),
      examine: (keys) => examineEntries(payment, keys),
    },
  ];
}

async function examineWallets(payment: ReadOnlyDatabase, keys: readonly string[]): Promise<Difference[]> {
  // In one statement, so that both sides are of one moment.
  const rows = await payment.byKeys<{ userId: string; balance: number | null; entries: string }>(
    `SELECT fans.user_id AS userId, MAX(wallets.balance) AS balance,
            SUM(CASE CONCAT('fan:', fans.user_id) WHEN transfers.credit_account THEN transfers.amount
                     WHEN transfers.debit_account THEN -transfers.amount ELSE 0 END) AS entries
     FROM (SELECT user_id FROM wallets WHERE user_id IN (:keys)
           UNION SELECT user_id FROM transfers WHERE user_id IN (:keys)) AS fans
       LEFT JOIN wallets ON wallets.user_id = fans.user_id
       LEFT JOIN transfers ON transfers.user_id = fans.user_id
     GROUP BY fans.user_id`,
    keys,
  );
  return rows.flatMap(({ userId, balance, entries }) => {
    const sum = BigInt(entries);
    if (balance === null) {
      return sum === 0n ? [] : [found('WALLET_DIFFERS', userId, `no wallet; its entries make ${sum}`)];
    }
    return [
      ...(BigInt(balance) === sum
        ? []
        : [found('WALLET_DIFFERS', userId, `balance ${balance}; its entries make ${sum}`)]),
      ...(balance < 0 ? [found('WALLET_NEGATIVE', userId, `balance ${balance}`)] : []),
    ];
  });
}

interface Causes {
  table: string;
  key: string;
  kind: string;
  where: string;
  reference: string;
}

async function examineCauses(
  payment: ReadOnlyDatabase,
  { table, key, kind, where, reference }: Causes,
  keys: readonly string[],
): Promise<Difference[]> {
  const rows = await payment.byKeys<{ id: string; amount: number; booked: number | null }>(
    `SELECT cause.${key} AS id, cause.amount AS amount, transfers.amount AS booked
     FROM (SELECT ${key}, amount, ${reference} AS entry FROM ${table} WHERE ${key} IN (:keys) AND ${where}) AS cause
       LEFT JOIN transfers ON transfers.kind = '${kind}' AND transfers.reference = cause.entry`,
    keys,
  );
  return rows
    .filter(({ amount, booked }) => amount !== booked)
    .map(({ id, amount, booked }) =>
      found(
        'CAUSE_WITHOUT_ENTRY',
        id,
        `${kind} of ${amount}; ${booked === null ? 'not' : `${booked} is`} in the ledger`,
      ),
    );
}

async function examineEntries(payment: ReadOnlyDatabase, keys: readonly string[]): Promise<Difference[]> {
  const rows = await payment.byKeys<{ id: number | bigint; kind: string; reference: string; amount: number }>(
    `SELECT transfers.id AS id, transfers.kind AS kind, transfers.reference AS reference, transfers.amount AS amount
     FROM transfers
       LEFT JOIN payments ON transfers.kind = 'CHARGE' AND payments.idempotency_key = transfers.reference
         AND payments.status = 'SUCCESS'
       LEFT JOIN refunds ON transfers.kind = 'REFUND' AND refunds.refund_key = transfers.reference
         AND refunds.status = 'REFUNDED'
       LEFT JOIN top_ups AS keyed ON transfers.kind = 'TOP_UP' AND keyed.request_key = transfers.reference
         AND keyed.reference IS NULL
       LEFT JOIN top_ups AS funded ON transfers.kind = 'TOP_UP' AND transfers.reference LIKE 'funding:%'
         AND funded.reference = SUBSTRING(transfers.reference, 9)
     WHERE transfers.id IN (:keys) AND payments.idempotency_key IS NULL AND refunds.refund_key IS NULL
       AND keyed.request_key IS NULL AND funded.request_key IS NULL`,
    keys,
  );
  return rows.map(({ id, kind, reference, amount }) =>
    found('ENTRY_WITHOUT_CAUSE', String(id), `${kind} of ${amount} for ${reference}`),
  );
}
