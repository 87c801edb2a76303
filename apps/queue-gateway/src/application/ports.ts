import type { OutboundMessage } from '@stagedoor/contracts';
import type { Admission } from '../domain/admission.ts';
import type { Room } from '../domain/room.ts';

/** The numbers of a room that outlive Redis (design §5). */
export interface RoomNumbers {
  /** End of the last block of sequence numbers taken. */
  sequenceHigh: number;
  /** Places up to here may be missing in Redis, because it was found without the room since they were given out. */
  restoredThrough: number;
  /** Whoever has a sequence number up to this one was called. */
  serving: number;
}

/** A room as it is stored. */
export interface StoredRoom extends Room, RoomNumbers {
  /** SHA-256 of the seed that will shuffle the pre-queue, in hex. */
  seedHash: string;
}

/** A seed and its published hash, both in hex. */
export interface Seed {
  seed: string;
  seedHash: string;
}

/** A fan at a schedule. */
export interface FanOfSchedule {
  scheduleId: number;
  userId: string;
}

/** Consecutive sequence numbers: above `low`, up to and with `high`. */
export interface NumberBlock {
  low: number;
  high: number;
}

/** Rooms within a transaction. */
export interface RoomStore {
  /** Inserts those that are not there yet; leaves the others as they are. */
  insertNew(rooms: readonly Room[], seed: () => Seed, now: Date): Promise<void>;
  /** Those of the given schedules that exist, locked, in the order of their ids. */
  lock(scheduleIds: readonly number[]): Promise<StoredRoom[]>;
  /** Writes settings and what was learned; the numbers have statements of their own. */
  saveSettings(room: Room, now: Date): Promise<void>;
  /** Takes the next block of sequence numbers for good. */
  takeNumbers(scheduleId: number, count: number): Promise<NumberBlock>;
  /**
   * As takeNumbers, after Redis was found without the room: all numbers taken before may be missing there, which every
   * replica hears by roomsSince.
   */
  takeNumbersAfterLoss(scheduleId: number, count: number, now: Date): Promise<NumberBlock>;
  /** Never lowers it. */
  raiseServing(scheduleId: number, serving: number): Promise<void>;
}

/** Admissions within a transaction. */
export interface AdmissionStore {
  /**
   * Every admission that these fans ever had to these schedules, as far as it is kept, locked. All that changes an
   * admission goes through here, so that locks are taken in one order.
   */
  lockOfFans(fans: readonly FanOfSchedule[]): Promise<Admission[]>;
  /** Whose open admissions are past their end without a live hold, the longest past first; not locked. */
  findLapsed(now: Date, limit: number): Promise<FanOfSchedule[]>;
  insert(admissions: readonly Admission[]): Promise<void>;
  /** Writes the end and the holds. */
  save(admissions: readonly Admission[]): Promise<void>;
}

/** Places that were given up, within a transaction. */
export interface DepartureStore {
  /** Keeps the highest sequence number per fan and schedule. */
  record(departures: readonly (FanOfSchedule & { sequence: number })[], now: Date): Promise<void>;
}

/** What operators did, within a transaction. */
export interface AuditLog {
  record(entry: {
    id: string;
    actor: string;
    action: string;
    subject: string;
    detail: object;
    at: Date;
  }): Promise<void>;
}

/** What a use case may touch within one transaction. */
export interface QueueTx {
  rooms: RoomStore;
  admissions: AdmissionStore;
  departures: DepartureStore;
  audit: AuditLog;
  outbox: { add(messages: readonly OutboundMessage[]): Promise<void> };
}

/** Reads outside of any transaction. */
export interface QueueReads {
  /** Rooms written at or after the moment, or all; with the database's newest `updated_at` to go on from. */
  roomsSince(moment: Date | null): Promise<{ rooms: StoredRoom[]; newest: Date | null }>;
  /** The admissions of a schedule that have not ended. */
  openAdmissions(scheduleId: number): Promise<Admission[]>;
  /** By fan: the highest sequence number that admitted or was given up. Fans without any are absent. */
  spentSequences(fans: readonly FanOfSchedule[]): Promise<Map<string, number>>;
  /** The fan's admission that has not ended, the newest of them. */
  openAdmissionOf(fan: FanOfSchedule): Promise<Admission | null>;
}

/** What is pruned once it is older than any message can be. Each answers how many rows went. */
export interface Pruning {
  pruneAdmissions(endedBefore: Date, limit: number): Promise<number>;
  pruneDepartures(leftBefore: Date, limit: number): Promise<number>;
}

/** The service's own signature on a place in the line (design §5). */
export interface Tickets {
  issue(fan: FanOfSchedule, sequence: number): string;
  /** The sequence number, or null where the ticket is not this fan's for this schedule, or not ours. */
  read(ticket: string, fan: FanOfSchedule): number | null;
}

/** What an admission token says. */
export interface AdmissionClaims {
  id: string;
  userId: string;
  scheduleId: number;
  admittedAt: Date;
  endsAt: Date;
}

/** Signs admission tokens. The same claims give the same token, on every replica. */
export interface AdmissionTokens {
  sign(claims: AdmissionClaims): string;
}
