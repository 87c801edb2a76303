import { z } from 'zod';
import type { ShownAdmission } from '../../application/place-answers.ts';
import type { ReservationState } from '../../application/pushes.ts';

/** What a client may send (design §6). */
export const clientMessage = z.object({
  type: z.literal('subscribe'),
  scheduleId: z.number().int().positive().max(Number.MAX_SAFE_INTEGER),
  ticket: z.string().min(1).max(128).optional(),
  /** Up to this `seq` the client has every personal message. */
  lastSeq: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
});

export type ClientMessage = z.infer<typeof clientMessage>;

/** What the server sends. `seq` counts per fan in personal messages, per schedule in those about the line. */
export type ServerMessage =
  | { type: 'queue.position'; seq: number; scheduleId: number; serving: number; position: number | null }
  /** The show was cancelled, or its sale is over: nobody who waits will be called. `message` is the operator's. */
  | { type: 'queue.closed'; seq: number; scheduleId: number; message: string | null }
  | ({ type: 'queue.admitted'; seq: number; scheduleId: number } & ShownAdmission)
  | { type: 'reservation.changed'; seq: number; reservationId: string; status: string; reason: string | null }
  | {
      type: 'snapshot';
      seq: number;
      scheduleId: number;
      serving: number;
      /** Null for who is not waiting. */
      position: number | null;
      admission: ShownAdmission | null;
      reservations: Omit<ReservationState, 'scheduleId'>[];
    }
  | { type: 'error'; code: string; detail: string };
