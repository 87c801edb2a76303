import { type SeatRange, toRanges } from './seat-ranges.ts';

/** What is counted of a schedule's seats. */
export interface SeatMap {
  readonly scheduleId: number;
  readonly seatsTotal: number;
  readonly termsRevision: number;
  /** Raised by each transaction that changes claims. */
  readonly version: number;
  /** Held, being paid, sold or blocked. */
  readonly claimed: number;
  readonly blocked: number;
  readonly sold: number;
  readonly firstSoldAt: Date | null;
  /** When the last seat was sold (or blocked) for the first time; a ticket that comes back later does not undo the record. */
  readonly soldOutAt: Date | null;
}

/** What one transaction does to a schedule's seats. A seat that changes hands within it is in neither list. */
export interface SeatMapChange {
  readonly taken: ReadonlySet<number>;
  readonly freed: ReadonlySet<number>;
  readonly sold: number;
  readonly blocked: number;
}

/** One step of a seat map, for those who have the version before. */
export interface SeatMapStep {
  readonly version: number;
  readonly taken: SeatRange[];
  readonly freed: SeatRange[];
}

/** Counts a change in. `step` is null where no claim changed; `soldOut` is true once in a schedule's life. */
export function countChange(
  map: SeatMap,
  change: SeatMapChange,
  now: Date,
): { map: SeatMap; step: SeatMapStep | null; soldOut: boolean } {
  const changesClaims = change.taken.size > 0 || change.freed.size > 0;
  const sold = map.sold + change.sold;
  const blocked = map.blocked + change.blocked;
  const soldOut = map.soldOutAt === null && isSoldOut({ sold, blocked, seatsTotal: map.seatsTotal });
  const counted: SeatMap = {
    ...map,
    version: changesClaims ? map.version + 1 : map.version,
    claimed: map.claimed + change.taken.size - change.freed.size,
    blocked,
    sold,
    firstSoldAt: map.firstSoldAt ?? (change.sold > 0 ? now : null),
    soldOutAt: soldOut ? now : map.soldOutAt,
  };
  const ranges = (seats: ReadonlySet<number>) => toRanges([...seats].sort((a, b) => a - b));
  const step = changesClaims
    ? { version: counted.version, taken: ranges(change.taken), freed: ranges(change.freed) }
    : null;
  return { map: counted, step, soldOut };
}

/** Whether there is nothing left to sell at this moment. */
export const isSoldOut = ({ sold, blocked, seatsTotal }: Pick<SeatMap, 'sold' | 'blocked' | 'seatsTotal'>): boolean =>
  sold > 0 && sold + blocked >= seatsTotal;
