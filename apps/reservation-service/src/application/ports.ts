import type { ReservationStatus } from '@stagedoor/contracts';
import type { Outbox } from '@stagedoor/messaging';
import type { Reservation } from '../domain/reservation.ts';
import type { Schedule, Section } from '../domain/schedule.ts';
import type { SeatMap, SeatMapStep } from '../domain/seat-map.ts';

/**
 * What the application may touch within one transaction.
 *
 * The lock order, kept by every use case, so that transactions of several replicas wait for each other but do not
 * deadlock: schedules, then reservations by id, then seat claims by schedule and seat, then new reservations, then seat
 * maps by schedule, then the outbox. The seat map is the hot row of an opening, so nothing but the outbox comes after it.
 * Where the order cannot be seen in advance (a unique key met by an insert), the unit of work retries the deadlock.
 */
export interface Tx {
  readonly schedules: Schedules;
  readonly reservations: Reservations;
  readonly claims: SeatClaims;
  readonly seatMaps: SeatMaps;
  readonly audit: AuditLog;
  readonly outbox: Outbox;
  /** Called once the transaction has committed, never when it rolled back; must not throw. */
  afterCommit(callback: () => void): void;
}

/** One seat of one schedule. */
export interface Seat {
  scheduleId: number;
  seatNumber: number;
}

/** A fan in one schedule. */
export interface FanOfSchedule {
  userId: string;
  scheduleId: number;
}

/** A live reservation, as far as holds of others are concerned with it. */
export interface LiveReservation extends FanOfSchedule {
  id: string;
  liveSlot: number;
  status: ReservationStatus;
  holdExpiresAt: Date;
}

/** A reservation was inserted whose live slot or hold key another transaction has taken meanwhile: decide again. */
export class ReservationCollision extends Error {
  override readonly name = 'ReservationCollision';
}

export interface Reservations {
  /** Locks those of the given ids that exist, in id order. */
  lock(ids: readonly string[]): Promise<Reservation[]>;
  /** Without a lock. */
  find(ids: readonly string[]): Promise<Reservation[]>;
  /** Without a lock: what these fans held with these keys. */
  findByHoldKeys(keys: readonly { userId: string; holdKey: string }[]): Promise<Reservation[]>;
  /** Without a lock: the live reservations of these fans. */
  findLive(fans: readonly FanOfSchedule[]): Promise<LiveReservation[]>;
  /** Without a lock: ids of reservations that are due, the most overdue first. */
  findDue(now: Date, limit: number): Promise<string[]>;
  /** @throws ReservationCollision */
  insert(reservations: readonly Reservation[]): Promise<void>;
  /** Writes what differs; the rows must be locked by this transaction. */
  save(changes: readonly { before: Reservation; after: Reservation }[]): Promise<void>;
}

/** A claim, and who has it. */
export interface SeatClaim extends Seat {
  /** Null: blocked by an operator. */
  reservationId: string | null;
}

/** A claim together with what tells whether its hold has lapsed; both null where an operator blocks the seat. */
export interface HeldClaim extends SeatClaim {
  status: ReservationStatus | null;
  holdExpiresAt: Date | null;
}

export interface SeatClaims {
  /** Without a lock: the claims of these seats. */
  find(seats: readonly Seat[]): Promise<HeldClaim[]>;
  /** Without a lock: claims of a schedule from this seat on, in order. */
  findFrom(scheduleId: number, fromSeat: number, limit: number): Promise<SeatClaim[]>;
  /** Claims what is free and leaves the rest alone; answers who has each of the seats now. */
  take(claims: readonly SeatClaim[]): Promise<SeatClaim[]>;
  /** Frees seats, each only if it still carries this very reservation (or, for null, is still blocked). */
  free(claims: readonly SeatClaim[]): Promise<void>;
}

export interface SeatMaps {
  /** Locks, in order of the schedules. */
  lock(scheduleIds: readonly number[]): Promise<SeatMap[]>;
  save(maps: readonly SeatMap[]): Promise<void>;
  /** Keeps what each version changed, for readers that have the one before. */
  addSteps(steps: readonly (SeatMapStep & { scheduleId: number; at: Date })[]): Promise<void>;
}

/** A show that is to be published. */
export interface NewSchedule {
  startsAt: Date;
  opensAt: Date;
  sections: readonly Section[];
  seatsTotal: number;
}

export interface NewConcert {
  title: string;
  venue: string;
  /** Name of a sample; there is at most one concert of each name. */
  sample: string | null;
  createdAt: Date;
  schedules: readonly NewSchedule[];
}

/** The terms of a show that can change. */
export type ScheduleTerms = Pick<
  Schedule,
  'startsAt' | 'opensAt' | 'salesEndAt' | 'cancellableUntil' | 'status' | 'cancelReason'
> & { cancellingSince: Date | null };

/** A sample concert of this name was published meanwhile. */
export class SampleExists extends Error {
  override readonly name = 'SampleExists';
}

export interface Schedules {
  /** Inserts a concert with its schedules, sections and seat maps. @throws SampleExists */
  insertConcert(concert: NewConcert): Promise<{ concertId: number; schedules: Schedule[] }>;
  hasConcert(): Promise<boolean>;
  /** Locks a schedule against other operators; null where there is none. */
  lock(id: number): Promise<(Schedule & { cancellingSince: Date | null }) | null>;
  /** Without a lock. */
  find(ids: readonly number[]): Promise<Schedule[]>;
  save(id: number, terms: ScheduleTerms): Promise<void>;
  /** Without a lock: cancelled shows that still have reservations to end, the oldest first. */
  findCancelling(limit: number): Promise<number[]>;
}

/** Who did what, for operators' actions. */
export interface AuditEntry {
  at: Date;
  actor: string;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
}

export interface AuditLog {
  add(entry: AuditEntry): Promise<void>;
}

/** Terms and sections of schedules, read outside of transactions. */
export interface ScheduleSource {
  read(ids: readonly number[]): Promise<Schedule[]>;
}

/** What was got of a seat's lock. */
export interface SeatLock {
  release(): Promise<void>;
}

/**
 * Turns contenders for one seat away before they cost a transaction. Saves work, proves nothing: the claim is the truth.
 */
export interface SeatLocks {
  /** Null where another has the lock. Without Redis everybody gets a lock that locks nothing. Never rejects. */
  tryLock(seat: Seat): Promise<SeatLock | null>;
}

/** What cannot be while every service does its duty. */
export const inconsistencies = [
  'unpaid-outcome-of-confirmed',
  'refund-of-confirmed',
  'refund-of-confirmed-voided',
] as const;

export type Inconsistency = (typeof inconsistencies)[number];

/** What is counted of the business. */
export interface Observer {
  applied(event: string, count: number): void;
  alreadyApplied(command: string, count: number): void;
  rejected(command: string, reason: string): void;
  /** Messages about reservations that this service does not know. */
  foreign(topic: string, count: number): void;
  /** For an alert. */
  inconsistent(what: Inconsistency, detail: Record<string, unknown>): void;
  republished(count: number): void;
  /** A payment was decided, so long after the fan asked for it; `status` is what the reservation became. */
  decided(status: ReservationStatus, afterMs: number): void;
}
