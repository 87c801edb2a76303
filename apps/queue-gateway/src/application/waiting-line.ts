import type { RoomSettings } from '../domain/room.ts';
import type { NumberBlock } from './ports.ts';

/** The admission that a fan has at the moment. */
export interface CurrentAdmission {
  id: string;
  sequence: number;
  admittedAt: Date;
  endsAt: Date;
}

/** The line does not know this room, or may have forgotten something of it: it has to be prepared from the database. */
export interface NotPrepared {
  kind: 'NOT_PREPARED';
}

/** Where a fan stands. */
export type LinePlace =
  | { kind: 'WAITING'; sequence: number; serving: number }
  | { kind: 'ADMITTED'; admission: CurrentAdmission }
  | { kind: 'ABSENT' }
  | NotPrepared;

/** What joining came to. */
export type JoinAnswer =
  | { kind: 'WAITING'; sequence: number; serving: number; isNew: boolean; numbersLeft: number }
  | { kind: 'ADMITTED'; admission: CurrentAdmission }
  /** The block of sequence numbers is used up: give numbers, and ask again. */
  | { kind: 'OUT_OF_NUMBERS' }
  | NotPrepared;

/** What leaving came to. */
export type LeaveAnswer =
  | { kind: 'LEFT'; sequence: number }
  /** The fan is inside: the admission has to be ended. */
  | { kind: 'ADMITTED'; admission: CurrentAdmission }
  /** Between the two for a moment: ask again. */
  | { kind: 'BEING_ADMITTED' }
  | { kind: 'ABSENT' }
  | NotPrepared;

/** Somebody taken from the line, whose admission is not known to be recorded yet. */
export interface Called {
  userId: string;
  sequence: number;
  admissionId: string;
  admittedAt: Date;
  endsAt: Date;
}

/** What a turn of the admission loop found. */
export type CallAnswer =
  | {
      kind: 'CALLED';
      /** Newly called, and those whose earlier call nobody has settled; in the order of the line. */
      called: Called[];
      /** Lowest sequence number still waiting; null where nobody waits. */
      head: number | null;
      /** How many are still waiting. */
      waiting: number;
      serving: number;
      /** The room's version that the decision was made by. */
      version: number;
      /** Places up to this one may be missing: they were given out before the room was prepared. */
      lostThrough: number;
    }
  | NotPrepared;

/** What the line needs to know to decide alone whom to let in, and when. */
export interface LineSettings extends Pick<RoomSettings, 'mode' | 'ratePerSecond' | 'maxInside'> {
  opensAt: Date;
  closesAt: Date | null;
  /** Older settings never replace newer ones. */
  version: number;
}

/** Which slot: an admission, and whose it is. */
export interface SlotName {
  admissionId: string;
  userId: string;
}

/** A slot inside: an admission that has not ended. */
export interface Slot extends SlotName {
  sequence: number;
  admittedAt: Date;
  endsAt: Date;
  /** Something is held or pending: the slot outlives the admission's end. */
  kept: boolean;
}

/** What a room is prepared with. */
export interface Preparation {
  settings: LineSettings;
  numbers: NumberBlock;
  serving: number;
  inside: readonly Slot[];
  /** How long nobody is called after places were lost, so that those in front can come back. */
  recoverMs: number;
}

/** How many there are. */
export interface LineCounts {
  waiting: number;
  inside: number;
  serving: number;
}

/**
 * The waiting line of every room: who waits, in which order, and who is inside. Each method is one atomic step that
 * judges time by the line's own clock. It may forget everything at any time; what must not be forgotten is in the
 * database (design §5). Methods reject with a transient error while it cannot be reached.
 */
export interface WaitingLine {
  /** The fan's place; a new one at the end where there is none. Joining twice gives the same place. */
  join(scheduleId: number, userId: string): Promise<JoinAnswer>;
  find(scheduleId: number, userId: string): Promise<LinePlace>;
  /**
   * Gives a place back that the line forgot. A fan who is inside, or waits further in front, keeps that; one who is
   * being called from a later place stays so, and is answered this one.
   */
  restore(scheduleId: number, userId: string, sequence: number): Promise<LinePlace>;
  /** Takes a waiting fan out of the line. */
  leave(scheduleId: number, userId: string): Promise<LeaveAnswer>;

  /**
   * Takes those out of the line whose turn it is, by rate and cap, and notes them as called under the given ids, in
   * order; answers them together with all that are called but not settled. At most as many as there are ids.
   */
  call(scheduleId: number, admissionIds: readonly string[], ttlMs: number): Promise<CallAnswer>;
  /**
   * Once admissions are recorded: those who were called are inside; `spent` are forgotten, because their place had
   * admitted before. Answers the ids that this call settled, so that each is told once.
   */
  settle(scheduleId: number, serving: number, inside: readonly Called[], spent: readonly Called[]): Promise<string[]>;
  /** Frees the slots of ended admissions. */
  release(scheduleId: number, ended: readonly SlotName[]): Promise<void>;
  /** Keeps slots beyond their admissions' ends, because something is held. */
  keep(scheduleId: number, slots: readonly SlotName[]): Promise<void>;
  /**
   * Adds slots that are missing, and puts right whether they are kept. Takes those fans out of the line who were
   * admitted from the place they have there. One who is called under the same id is left for settle.
   */
  occupy(scheduleId: number, slots: readonly Slot[]): Promise<void>;
  /** All admissions that take a slot, or took one until their end. */
  inside(scheduleId: number): Promise<(SlotName & { kept: boolean })[]>;

  /** Says that the room's settings are these from now on. */
  configure(scheduleId: number, settings: LineSettings): Promise<void>;
  /** One of those who ask within `ttlMs` is to fetch numbers; the others wait for it. */
  claimFetch(scheduleId: number, ttlMs: number): Promise<boolean>;
  /** Adds a block of sequence numbers behind the present one. */
  giveNumbers(scheduleId: number, numbers: NumberBlock): Promise<void>;
  /** Makes the room known; does nothing where another was faster. */
  prepare(scheduleId: number, preparation: Preparation): Promise<void>;
  /**
   * How many wait, or are called, by what is left of a room that is not prepared any more: what was known about a second
   * before a restart. Null where nothing is left.
   */
  remains(scheduleId: number): Promise<number | null>;
  /** Drops everything about a room that is over. */
  forget(scheduleId: number): Promise<void>;
  /** Null where the room is not prepared. */
  counts(scheduleId: number): Promise<LineCounts | null>;
}
