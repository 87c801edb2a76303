import type { ProblemBody, ReservationStatus } from '@stagedoor/contracts';

/** The bodies of design §6, as far as the clients here read them. */

export interface QueuePlace {
  state: 'WAITING' | 'ADMITTED' | 'PREQUEUE';
  position: number;
  ahead: number;
  etaSeconds: number;
  ticket: string;
  pollAfterMs: number;
  admissionToken?: string;
  admissionExpiresAt?: string;
}

export interface ScheduleSummary {
  id: number;
  startsAt: string;
  opensAt: string;
  seatsTotal: number;
  seatsLeft: number;
  status: string;
}

export interface Concert {
  id: number;
  title: string;
  venue: string;
  schedules: ScheduleSummary[];
}

export interface SeatMap {
  scheduleId: number;
  version: number;
  seatsTotal: number;
  sections: { name: string; grade: string; price: number; from: number; to: number; rowLength: number }[];
  taken: [number, number][];
}

export interface Reservation {
  id: string;
  status: ReservationStatus;
  scheduleId: number;
  seatNumber: number;
  amount: number;
  holdExpiresAt: string | null;
  paymentDeadline: string | null;
  failReason: string | null;
  refund: 'NONE' | 'REQUESTED' | 'DONE';
  history: { status: ReservationStatus; at: string; reason: string | null }[];
}

export interface Wallet {
  userId: string;
  balance: number;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** The `code` of an error answer, or undefined for any other body. */
export const problemCode = (body: unknown): string | undefined => (body as Partial<ProblemBody> | null)?.code;
