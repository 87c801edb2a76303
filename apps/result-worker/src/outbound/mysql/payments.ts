import { inList, type SqlTransaction, values } from '@stagedoor/platform';
import type { PaymentChange, PaymentStore } from '../../application/ports.ts';
import type { Payment, PaymentOrder } from '../../domain/payment.ts';
import { addEarly, earlyOf, removeEarly } from './early-results.ts';
import { DECISION_COLUMNS, type DecisionRow, FILLED_COLUMNS, filledRow, paymentOf } from './payment-rows.ts';
import { refundedKeysOf, requestRefunds } from './refunds.ts';

const DAY_MS = 86_400_000;

/** How long a decision is kept after it was taken, and a result without a request after it came. */
export interface Keeping {
  keepDays: number;
}

/** Payments, in the tables `decisions`, `early_results` and `refunds`. */
export class MysqlPayments implements PaymentStore {
  readonly #sql: SqlTransaction;
  readonly #keepMs: number;

  constructor(sql: SqlTransaction, { keepDays }: Keeping) {
    this.#sql = sql;
    this.#keepMs = keepDays * DAY_MS;
  }

  async open(orders: readonly PaymentOrder[], now: Date): Promise<Payment[]> {
    if (orders.length === 0) return [];
    const sorted = orders.toSorted(byId);
    // Not INSERT IGNORE: that takes a shared lock on a row that is there, and two who then want to write it deadlock.
    const affected = await this.#sql.execute(
      `INSERT INTO decisions (reservation_id, status, user_id, schedule_id, seat_number, amount, charge_key, requested_at,
         deadline, due_at, requests_seen, created_at)
       VALUES ${values(sorted.length, 12)}
       ON DUPLICATE KEY UPDATE requests_seen = requests_seen + 1`,
      sorted.flatMap((order) => [
        order.reservationId,
        'PENDING',
        order.userId,
        order.scheduleId,
        order.seatNumber,
        order.amount,
        order.chargeKey,
        order.requestedAt,
        order.deadline,
        order.deadline,
        1,
        now,
      ]),
    );
    // A row that was written counts once, one that was there twice: in the normal case nothing is left to be read.
    if (affected === sorted.length) return [];
    return this.#select(
      `reservation_id IN (${inList(sorted.length)}) AND (requests_seen > 1 OR status = 'AWAITING_REQUEST')`,
      sorted.map(({ reservationId }) => reservationId),
    );
  }

  async lock(reservationIds: readonly string[], now: Date): Promise<Payment[]> {
    if (reservationIds.length === 0) return [];
    const found = await this.#select(`reservation_id IN (${inList(reservationIds.length)})`, reservationIds);
    if (found.length === reservationIds.length) return found;
    const known = new Set(found.map(({ reservationId }) => reservationId));
    const missing = reservationIds.filter((id) => !known.has(id)).toSorted();
    await this.#sql.execute(
      `INSERT INTO decisions (reservation_id, status, due_at, created_at) VALUES ${values(missing.length, 4)}
       ON DUPLICATE KEY UPDATE requests_seen = requests_seen`,
      missing.flatMap((id) => [id, 'AWAITING_REQUEST', this.#endOfKeeping(now), now]),
    );
    // Whoever made one of these rows in the meantime, it is locked by the statement above: now it can be read.
    return [...found, ...(await this.#select(`reservation_id IN (${inList(missing.length)})`, missing))];
  }

  async lockUndecided(reservationIds: readonly string[]): Promise<Payment[]> {
    if (reservationIds.length === 0) return [];
    return this.#select(`reservation_id IN (${inList(reservationIds.length)}) AND status = 'PENDING'`, reservationIds);
  }

  async save(changes: readonly PaymentChange[], now: Date): Promise<void> {
    const ordered = changes.filter(({ before, after }) => before.order === null && after.order !== null);
    const others = changes.filter((change) => !ordered.includes(change));
    await this.#fill(ordered, now);
    await this.#decide(others.filter(({ before, after }) => before.decision !== after.decision));
    await this.#countRefunds(
      others.filter(({ before, after, refunds }) => before.decision === after.decision && refunds.length > 0),
    );
    await addEarly(
      this.#sql,
      changes.flatMap(({ before, after }) => after.kept.filter((result) => !before.kept.includes(result))),
      now,
    );
    await removeEarly(
      this.#sql,
      ordered.filter(({ before }) => before.kept.length > 0).map(({ before }) => before.reservationId),
    );
    await requestRefunds(
      this.#sql,
      changes.flatMap(({ after, refunds }) =>
        refunds.map((refund) => ({ reservationId: after.reservationId, ...refund })),
      ),
      now,
    );
  }

  /** Writes what came with the request of reservations of which only results had come. */
  async #fill(changes: readonly PaymentChange[], now: Date): Promise<void> {
    if (changes.length === 0) return;
    const written = FILLED_COLUMNS.filter((column) => column !== 'reservation_id' && column !== 'created_at');
    // The rows are there and locked: as an upsert they are written in one statement that is short to parse.
    await this.#sql.execute(
      `INSERT INTO decisions (${FILLED_COLUMNS.join(', ')}) VALUES ${values(changes.length, FILLED_COLUMNS.length)}
       ON DUPLICATE KEY UPDATE ${written.map((column) => `${column} = VALUES(${column})`).join(', ')}`,
      changes.flatMap(({ after, refunds }) => filledRow(after, refunds.length, this.#endOfKeeping, now)),
    );
  }

  /** One statement for each different decision of the batch; the keys are short, and most decide alike. */
  async #decide(changes: readonly PaymentChange[]): Promise<void> {
    const alike = Map.groupBy(changes, ({ after: { decision, order }, refunds }) =>
      JSON.stringify([
        decision?.outcome,
        decision?.reason,
        decision?.chargeKey === order?.chargeKey ? null : decision?.chargeKey,
        refunds.length,
      ]),
    );
    for (const group of alike.values()) {
      const decision = group[0]?.after.decision;
      if (decision == null) continue;
      const { outcome, reason, chargeKey, decidedAt } = decision;
      const asked = group[0]?.after.order?.chargeKey === chargeKey;
      const affected = await this.#sql.execute(
        `UPDATE decisions FORCE INDEX (PRIMARY)
         SET status = ?, reason = ?, decided_key = ${asked ? 'charge_key' : '?'}, decided_at = ?, due_at = ?,
             refunds_asked = refunds_asked + ?
         WHERE reservation_id IN (${inList(group.length)}) AND status = 'PENDING'`,
        [
          outcome,
          reason,
          ...(asked ? [] : [chargeKey]),
          decidedAt,
          this.#endOfKeeping(decidedAt),
          group[0]?.refunds.length ?? 0,
          ...group.map(({ after }) => after.reservationId),
        ],
      );
      // They are locked and were read as pending: anything else is broken, and nothing may be committed.
      if (affected !== group.length) throw new Error(`${affected} of ${group.length} payments were pending`);
    }
  }

  async #countRefunds(changes: readonly PaymentChange[]): Promise<void> {
    for (const [count, group] of Map.groupBy(changes, ({ refunds }) => refunds.length)) {
      await this.#sql.execute(
        `UPDATE decisions FORCE INDEX (PRIMARY) SET refunds_asked = refunds_asked + ?
         WHERE reservation_id IN (${inList(group.length)})`,
        [count, ...group.map(({ after }) => after.reservationId)],
      );
    }
  }

  readonly #endOfKeeping = (from: Date): Date => new Date(from.getTime() + this.#keepMs);

  async #select(where: string, ids: readonly string[]): Promise<Payment[]> {
    // The index is named because on a small table the database would rather read, and so wait for, every row.
    const rows = await this.#sql.query<DecisionRow>(
      `SELECT ${DECISION_COLUMNS} FROM decisions FORCE INDEX (PRIMARY) WHERE ${where} ORDER BY reservation_id FOR UPDATE`,
      [...ids],
    );
    const waiting = rows.filter(({ status }) => status === 'AWAITING_REQUEST').map((row) => row.reservation_id);
    const refunding = rows.filter((row) => row.refunds_asked > 0).map((row) => row.reservation_id);
    const kept = await earlyOf(this.#sql, waiting);
    const refunded = await refundedKeysOf(this.#sql, refunding);
    return rows.map((row) =>
      paymentOf(row, kept.get(row.reservation_id) ?? [], new Set(refunded.get(row.reservation_id))),
    );
  }
}

const byId = (one: PaymentOrder, other: PaymentOrder): number => (one.reservationId < other.reservationId ? -1 : 1);
