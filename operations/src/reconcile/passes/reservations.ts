import type { Databases, ReadOnlyDatabase } from '../database.ts';
import { loadRecords } from '../load-records.ts';
import type { ReservationRecord } from '../records.ts';
import { differencesOf, type Terms } from '../rules.ts';
import type { Pass } from './pass.ts';

const keysOf =
  (database: ReadOnlyDatabase, column: string, from: string) => async (after: string | null, limit: number) => {
    const rows = await database.query<{ id: string }>(
      `SELECT ${column} AS id FROM ${from} AND ${column} > ? ORDER BY ${column} LIMIT ?`,
      [after ?? '', limit],
    );
    return rows.map(({ id }) => id);
  };

/** Reservations, payments and decisions against each other: once from each side, for each may know what others do not. */
export function reservationPasses(databases: Databases, terms: () => Terms): Pass[] {
  const { reservation, payment, result } = databases;
  const examine = (isOurs: (record: ReservationRecord) => boolean) => async (ids: readonly string[]) => {
    const records = await loadRecords(databases, ids);
    const now = terms();
    return records.filter(isOurs).flatMap((record) => differencesOf(record, now));
  };
  const isUnknown = (record: ReservationRecord) => record.reservation === null;
  return [
    {
      name: 'reservations',
      keys: keysOf(reservation, 'id', 'reservations WHERE TRUE'),
      examine: examine(() => true),
    },
    {
      name: 'charges not given back',
      keys: keysOf(
        payment,
        'charged_reservation_id',
        'payments FORCE INDEX (payments_charged_reservation_id_key) WHERE TRUE',
      ),
      examine: examine(isUnknown),
    },
    {
      name: 'confirmed decisions',
      keys: keysOf(result, 'reservation_id', `decisions FORCE INDEX (PRIMARY) WHERE status = 'CONFIRMED'`),
      examine: examine((record) => isUnknown(record) && !record.payments.some(({ unrefunded }) => unrefunded)),
    },
  ];
}
