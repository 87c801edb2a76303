import { createConnection } from 'mariadb';
import type { Snapshot } from './snapshot.ts';

/** mysql:// URLs of users that may read the four databases. */
export interface DatabaseUrls {
  queue: string;
  reservation: string;
  payment: string;
  result: string;
}

/** Runs the queries in one read-only snapshot of one database. Integers come as numbers, times as UTC. */
export async function readAt<T>(
  url: string,
  read: (query: <Row>(sql: string) => Promise<Row[]>) => Promise<T>,
): Promise<T> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const connection = await createConnection({
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
    // Its own reading of a DATETIME is in this process's time zone, whatever `timezone` says.
    typeCast: (column, next) => (column.type === 'DATETIME' ? utc(column.string()) : next()),
    bigIntAsNumber: true,
    checkNumberRange: true,
    allowPublicKeyRetrieval: true,
  });
  try {
    await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    return await read((sql) => connection.query(sql));
  } finally {
    await connection.end();
  }
}

const utc = (text: string | null): Date | null => (text === null ? null : new Date(`${text.replace(' ', 'T')}Z`));

const outboxRows = async (query: <Row>(sql: string) => Promise<Row[]>): Promise<number> =>
  (await query<{ rows: number }>('SELECT COUNT(*) AS `rows` FROM outbox'))[0]?.rows ?? 0;

export type DatabaseSnapshot = Omit<Snapshot, 'topics'>;

/** Reads what the invariants need from the four databases. They are read one after another, so the system has to be at rest. */
export async function loadDatabases(urls: DatabaseUrls): Promise<DatabaseSnapshot> {
  const reservation = await readAt(urls.reservation, async (query) => ({
    reservations: await query<Snapshot['reservations'][number]>(
      `SELECT id, user_id AS userId, schedule_id AS scheduleId, seat_number AS seatNumber, amount, status, version,
              hold_expires_at AS holdExpiresAt, payment_deadline AS paymentDeadline, refund FROM reservations`,
    ),
    claims: await query<Snapshot['claims'][number]>(
      'SELECT schedule_id AS scheduleId, seat_number AS seatNumber, reservation_id AS reservationId FROM seat_claims',
    ),
    outbox: await outboxRows(query),
  }));
  const payment = await readAt(urls.payment, async (query) => ({
    payments: await query<Snapshot['payments'][number]>(
      `SELECT idempotency_key AS \`key\`, reservation_id AS reservationId, user_id AS userId, amount, state, status,
              fail_reason AS failReason, status = 'SUCCESS' AND charged_reservation_id IS NOT NULL AS unrefunded FROM payments`,
    ),
    refunds: await query<Snapshot['refunds'][number]>(
      `SELECT refund_key AS \`key\`, charge_key AS chargeKey, amount, status FROM refunds WHERE status IS NOT NULL`,
    ),
    wallets: await query<Snapshot['wallets'][number]>('SELECT user_id AS userId, balance FROM wallets'),
    transfers: await query<Snapshot['transfers'][number]>(
      `SELECT user_id AS userId, kind, debit_account AS debitAccount, credit_account AS creditAccount, amount FROM transfers`,
    ),
    outbox: await outboxRows(query),
  }));
  const result = await readAt(urls.result, async (query) => ({
    decisions: await query<Snapshot['decisions'][number]>(
      'SELECT reservation_id AS reservationId, status, decided_key AS decidedKey FROM decisions',
    ),
    requestedRefunds: await query<{ chargeKey: string }>(
      `SELECT charge_key AS chargeKey FROM refunds WHERE status = 'REQUESTED'`,
    ),
    outbox: await outboxRows(query),
  }));
  const queueOutbox = await readAt(urls.queue, outboxRows);

  const cancelled = new Set(
    reservation.reservations.filter(({ refund }) => refund === 'REQUESTED').map(({ id }) => id),
  );
  return {
    takenAt: new Date(),
    reservations: reservation.reservations,
    claims: reservation.claims,
    payments: payment.payments.map((row) => ({ ...row, unrefunded: Boolean(row.unrefunded) })),
    refunds: payment.refunds,
    wallets: payment.wallets,
    transfers: payment.transfers,
    decisions: result.decisions,
    openRefunds: new Set([
      ...result.requestedRefunds.map(({ chargeKey }) => chargeKey),
      ...payment.payments.filter(({ reservationId }) => cancelled.has(reservationId)).map(({ key }) => key),
    ]),
    outboxes: [
      { app: 'queue-gateway', rows: queueOutbox },
      { app: 'reservation-service', rows: reservation.outbox },
      { app: 'payment-worker', rows: payment.outbox },
      { app: 'result-worker', rows: result.outbox },
    ],
  };
}
