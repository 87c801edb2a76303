import type { StoredRoom } from '../../application/ports.ts';
import type { Room, RoomMode } from '../../domain/room.ts';

/** A row of `rooms` as a SELECT through a unit of work gives it. */
export interface RoomRow {
  schedule_id: number;
  mode: string;
  rate_per_second: number;
  max_inside: number;
  opens_at: Date;
  opening_override: Date | null;
  sales_end_at: Date | null;
  cancelled: number;
  message: string | null;
  version: number;
  learned_at: Date;
  sequence_high: number;
  restored_through: number;
  serving: number;
  seed_hash: string;
}

/** Its columns, in the order of nothing in particular. */
export const ROOM_COLUMNS =
  'schedule_id, mode, rate_per_second, max_inside, opens_at, opening_override, sales_end_at, cancelled, message, ' +
  'version, learned_at, sequence_high, restored_through, serving, seed_hash';

/** The room that a row holds. */
export const roomOf = (row: RoomRow): StoredRoom => ({
  scheduleId: row.schedule_id,
  mode: row.mode as RoomMode,
  ratePerSecond: row.rate_per_second,
  maxInside: row.max_inside,
  opensAt: row.opens_at,
  openingOverride: row.opening_override,
  salesEndAt: row.sales_end_at,
  cancelled: row.cancelled === 1,
  message: row.message,
  version: row.version,
  learnedAt: row.learned_at,
  sequenceHigh: row.sequence_high,
  restoredThrough: row.restored_through,
  serving: row.serving,
  seedHash: row.seed_hash,
});

/** What saveSettings writes, in this order. */
export const settingsOf = (room: Room): unknown[] => [
  room.mode,
  room.ratePerSecond,
  room.maxInside,
  room.opensAt,
  room.openingOverride,
  room.salesEndAt,
  room.cancelled,
  room.message,
  room.version,
  room.learnedAt,
];
