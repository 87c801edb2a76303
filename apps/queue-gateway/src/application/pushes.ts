import type { ReservationStatus } from '@stagedoor/contracts';
import type { FanOfSchedule } from './ports.ts';

/** Something that is told to one fan, on all their connections. No secret is in it: a token is signed where it is sent. */
export type PersonalNews =
  | {
      type: 'queue.admitted';
      scheduleId: number;
      admissionId: string;
      sequence: number;
      admittedAtMs: number;
      endsAtMs: number;
    }
  | {
      type: 'reservation.changed';
      scheduleId: number;
      reservationId: string;
      status: ReservationStatus;
      reason: string | null;
      version: number;
    };

/** Personal news with its number in the fan's own count. */
export interface NumberedNews {
  seq: number;
  news: PersonalNews;
}

/** How far a room has come, with its number in the room's own count. */
export interface ServingNews {
  seq: number;
  scheduleId: number;
  serving: number;
  /** How many wait behind that. */
  waiting: number;
}

/** A reservation as the fan was last told. */
export interface ReservationState {
  reservationId: string;
  scheduleId: number;
  status: ReservationStatus;
  reason: string | null;
}

/** What a fan has to be told after a reconnect. */
export interface Missed {
  /** The newest number in the fan's count. */
  seq: number;
  /** What came after the number that the fan knows; null where that is not known any more. */
  news: NumberedNews[] | null;
}

/** Tells fans, on whichever replica they are connected (design §5). */
export interface Pushes {
  /**
   * Numbers the news, keeps it for those who reconnect, and passes it on. A reservation's version that was passed is
   * not told again, so this may be repeated.
   */
  tell(userId: string, news: PersonalNews): Promise<void>;
  /**
   * Passes on how far a room has come and how many wait behind that, unless it was told the same or something within
   * `everyMs`. False where it has to be told later.
   */
  announce(scheduleId: number, serving: number, waiting: number, everyMs: number): Promise<boolean>;
  /** Tells every replica that a place was given up. */
  departed(fan: FanOfSchedule, sequence: number): Promise<void>;
  /** What the fan missed since `lastSeq`. */
  missed(userId: string, lastSeq: number): Promise<Missed>;
  /** The newest number in the fan's count. */
  newest(userId: string): Promise<number>;
  /** The newest number in a room's count. */
  newestOfRoom(scheduleId: number): Promise<number>;
  /** The fan's reservations as last told. */
  reservations(userId: string): Promise<ReservationState[]>;
}

/** What replicas hear from each other. */
export interface Broadcasts {
  onNews(listener: (userId: string, news: NumberedNews) => void): void;
  onServing(listener: (news: ServingNews) => void): void;
  onDeparted(listener: (fan: FanOfSchedule, sequence: number) => void): void;
  /** The connection was lost and is back: something may have been missed. */
  onBack(listener: () => void): void;
  /** From now on news of this fan is heard. */
  listenTo(userId: string): Promise<void>;
  /** No more. */
  ignore(userId: string): Promise<void>;
}
