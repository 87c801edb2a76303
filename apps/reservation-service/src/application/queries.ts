import type { Sales } from '../domain/ranking.ts';
import type { Reservation } from '../domain/reservation.ts';
import type { Schedule } from '../domain/schedule.ts';
import type { SeatMap } from '../domain/seat-map.ts';
import type { SeatRange } from '../domain/seat-ranges.ts';

/** A page of a list, newest first: at most `limit` rows, older than `before`. */
export interface PageOf<Cursor> {
  limit: number;
  before?: Cursor | undefined;
}

export interface ReservationQueries {
  find(id: string): Promise<Reservation | null>;
  ofFan(userId: string, page: PageOf<string>): Promise<Reservation[]>;
  ofSeat(seat: { scheduleId: number; seatNumber: number }, page: PageOf<string>): Promise<Reservation[]>;
}

/** How far the ending of a cancelled show has come. */
export interface CancellationProgress {
  reason: string | null;
  /** Reservations that are still to be ended, by what they are. */
  live: { held: number; pending: number; confirmed: number };
  /** Refunds of the show, those of fans' own cancellations among them. */
  refunds: { requested: number; done: number };
}

export interface CancellationQueries {
  /** Null where there is no such show, or it was not cancelled. */
  progress(scheduleId: number): Promise<CancellationProgress | null>;
}

/** A show as the catalogue lists it. */
export type ListedSchedule = Pick<Schedule, 'id' | 'startsAt' | 'opensAt' | 'salesEndAt' | 'status'> &
  Pick<SeatMap, 'seatsTotal' | 'claimed' | 'blocked' | 'sold'>;

export interface ListedConcert {
  id: number;
  title: string;
  venue: string;
  schedules: ListedSchedule[];
}

export interface CatalogueQueries {
  concerts(page: PageOf<number>): Promise<ListedConcert[]>;
  concert(id: number): Promise<ListedConcert | null>;
}

/** A show that has sold something, for the ranking. */
export interface RankedSchedule extends Sales {
  concertId: number;
  title: string;
  venue: string;
  startsAt: Date;
}

export interface SalesQueries {
  /** Shows that were not cancelled and have sold at least one seat. */
  selling(): Promise<RankedSchedule[]>;
}

/** Claims of a schedule at one version. */
export interface ClaimedSeats {
  version: number;
  seatsTotal: number;
  /** Ascending. */
  taken: number[];
}

export interface SeatMapQueries {
  /** Null where there is no such schedule. */
  version(scheduleId: number): Promise<number | null>;
  /** Version and claims of one moment. */
  claimed(scheduleId: number): Promise<ClaimedSeats | null>;
  /** What changed after this version, in order; as far as it is still kept, so there may be a gap at the front. */
  stepsAfter(scheduleId: number, version: number, limit: number): Promise<StoredStep[]>;
}

export interface StoredStep {
  version: number;
  taken: SeatRange[];
  freed: SeatRange[];
}
