import { inList, type SqlTransaction, values } from '@stagedoor/platform';
import type { PaymentStore } from '../../application/ports.ts';
import type { Payment, PaymentRecord, SettledPayment, StoredFailReason, Verdict } from '../../domain/payment.ts';
import { expectRows, insertUnknown, updateKeyed } from './statements.ts';

const COLUMNS = [
  'idempotency_key',
  'reservation_id',
  'user_id',
  'amount',
  'schedule_id',
  'seat_number',
  'state',
  'status',
  'fail_reason',
  'balance',
  'deadline',
  'requested_at',
  'received_at',
  'attempted_at',
  'settled_at',
  'charged_reservation_id',
  'provider',
];

interface PaymentRow {
  idempotency_key: string;
  reservation_id: string;
  user_id: string;
  amount: number;
  schedule_id: number | null;
  seat_number: number | null;
  state: 'ATTEMPTED' | 'SETTLED';
  status: 'SUCCESS' | 'FAILED' | null;
  fail_reason: StoredFailReason | null;
  balance: number | null;
  deadline: Date | null;
  requested_at: Date | null;
  received_at: Date;
  attempted_at: Date | null;
  settled_at: Date | null;
  charged_reservation_id: string | null;
  provider: string | null;
}

/** Payments, in the table `payments`. */
export class MysqlPayments implements PaymentStore {
  readonly #sql: SqlTransaction;

  constructor(sql: SqlTransaction) {
    this.#sql = sql;
  }

  find(idempotencyKeys: readonly string[]): Promise<Payment[]> {
    return this.#select(`FORCE INDEX (PRIMARY) WHERE idempotency_key IN (${inList(idempotencyKeys.length)})`, [
      ...idempotencyKeys,
    ]);
  }

  lock(idempotencyKeys: readonly string[]): Promise<Payment[]> {
    // The index is named because on a small table the database would rather read, and so wait for, every payment.
    return this.#select(
      `FORCE INDEX (PRIMARY) WHERE idempotency_key IN (${inList(idempotencyKeys.length)})
       ORDER BY idempotency_key FOR UPDATE`,
      [...idempotencyKeys],
    );
  }

  claiming(reservationIds: readonly string[]): Promise<Payment[]> {
    return this.#select(
      `FORCE INDEX (payments_charged_reservation_id_key)
       WHERE charged_reservation_id IN (${inList(reservationIds.length)})`,
      [...reservationIds],
    );
  }

  insert(payments: readonly Payment[]): Promise<void> {
    // In the order of the keys, so that two transactions that write the same ones wait for each other in one direction.
    const sorted = payments.toSorted((a, b) => (a.idempotencyKey < b.idempotencyKey ? -1 : 1));
    return insertUnknown(
      this.#sql,
      `INSERT INTO payments (${COLUMNS.join(', ')}) VALUES ${values(sorted.length, COLUMNS.length)}`,
      sorted.flatMap(rowOf),
    );
  }

  settle(payments: readonly SettledPayment[]): Promise<void> {
    return updateKeyed(this.#sql, {
      table: 'payments',
      key: 'idempotency_key',
      columns: ['status', 'fail_reason', 'balance', 'settled_at', 'charged_reservation_id'],
      rows: payments.map(({ idempotencyKey, reservationId, verdict, settledAt, claimsReservation }) => [
        idempotencyKey,
        verdict.status,
        verdict.failReason,
        verdict.balance,
        settledAt,
        claimsReservation ? reservationId : null,
      ]),
      alsoSet: "payments.state = 'SETTLED'",
      where: "payments.state = 'ATTEMPTED'",
    });
  }

  async release(idempotencyKeys: readonly string[]): Promise<void> {
    const found = await this.#sql.execute(
      `UPDATE payments FORCE INDEX (PRIMARY) SET charged_reservation_id = NULL
       WHERE idempotency_key IN (${inList(idempotencyKeys.length)})`,
      [...idempotencyKeys],
    );
    expectRows(found, idempotencyKeys.length, 'payments');
  }

  async #select(where: string, params: unknown[]): Promise<Payment[]> {
    const rows = await this.#sql.query<PaymentRow>(`SELECT ${COLUMNS.join(', ')} FROM payments ${where}`, params);
    return rows.map(paymentOf);
  }
}

function rowOf(payment: Payment): unknown[] {
  const verdict = payment.state === 'SETTLED' ? payment.verdict : null;
  return [
    payment.idempotencyKey,
    payment.reservationId,
    payment.userId,
    payment.amount,
    payment.scheduleId,
    payment.seatNumber,
    payment.state,
    verdict?.status ?? null,
    verdict?.failReason ?? null,
    verdict?.balance ?? null,
    payment.deadline,
    payment.requestedAt,
    payment.receivedAt,
    payment.attemptedAt,
    payment.state === 'SETTLED' ? payment.settledAt : null,
    payment.claimsReservation ? payment.reservationId : null,
    payment.provider,
  ];
}

function paymentOf(row: PaymentRow): Payment {
  const record: PaymentRecord = {
    idempotencyKey: row.idempotency_key,
    reservationId: row.reservation_id,
    userId: row.user_id,
    amount: row.amount,
    scheduleId: row.schedule_id,
    seatNumber: row.seat_number,
    requestedAt: row.requested_at,
    deadline: row.deadline,
    receivedAt: row.received_at,
    claimsReservation: row.charged_reservation_id !== null,
  };
  return row.state === 'ATTEMPTED'
    ? { ...record, state: 'ATTEMPTED', attemptedAt: row.attempted_at as Date, provider: providerOf(row) }
    : {
        ...record,
        state: 'SETTLED',
        attemptedAt: row.attempted_at,
        provider: row.attempted_at === null ? null : providerOf(row),
        settledAt: row.settled_at as Date,
        verdict: { status: row.status, failReason: row.fail_reason, balance: row.balance } as Verdict,
      };
}

/**
 * Rows of a version before the column do not name it: then there were our wallets, which tell the balance whatever comes
 * of a charge, but where there is no wallet; and one outside, which never does.
 */
function providerOf({ provider, balance, fail_reason: failReason }: PaymentRow): string {
  return provider ?? (balance === null && failReason !== 'WALLET_NOT_FOUND' ? 'http' : 'wallet');
}
