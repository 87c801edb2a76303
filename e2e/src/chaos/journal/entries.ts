import type { ReservationStatus } from '@stagedoor/contracts';
import type { QueuePlace, Reservation } from '../../client/answers.ts';
import type { Answer, Call } from '../../client/api-client.ts';
import type { Push } from '../../client/fan-socket.ts';

/** What the system promised a fan, as the fan heard it. Times are milliseconds since 1970 by the crowd's clock. */
export type JournalEntry = { at: number; user: string } & (
  | { what: 'hold'; reservationId: string; scheduleId: number; seatNumber: number; amount: number }
  | { what: 'pay'; reservationId: string }
  | { what: 'cancel'; reservationId: string; status: ReservationStatus }
  | { what: 'top-up'; key: string; amount: number }
  /** A place in the waiting room; `sequence` is the ticket's, null where none was told. */
  | { what: 'place'; scheduleId: number; state: QueuePlace['state']; sequence: number | null }
  | { what: 'leave'; scheduleId: number }
  /** A reservation's state, by an answer or by a push. */
  | { what: 'told'; reservationId: string; status: ReservationStatus; refund: Reservation['refund'] | null }
);

/** The user of a fan's token. It is read, not verified: the crowd got it from the system itself. */
function userOf(token: string): string {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
  return claims.sub;
}

/** The sequence number in a queue ticket, `1.<sequence>.<signature>`. */
const sequenceOf = (ticket: string): number => Number(ticket.split('.')[1]);

/** What an answer promises; null for one that promises nothing. */
export function entryOf(operation: string, call: Call, answer: Answer<unknown>, at: number): JournalEntry | null {
  if (answer.status < 200 || answer.status > 299 || call.token === undefined) return null;
  const said = { at, user: userOf(call.token) };
  const scheduleId = Number(/^\/v1\/schedules\/(\d+)\//.exec(call.path)?.[1]);
  const reservation = answer.body as Reservation;
  switch (operation) {
    case 'hold': {
      const { id: reservationId, seatNumber, amount } = reservation;
      return { ...said, what: 'hold', reservationId, scheduleId: reservation.scheduleId, seatNumber, amount };
    }
    case 'pay':
      return { ...said, what: 'pay', reservationId: reservation.id };
    case 'cancel':
      return { ...said, what: 'cancel', reservationId: reservation.id, status: reservation.status };
    case 'reservation': {
      const { id: reservationId, status, refund } = reservation;
      return { ...said, what: 'told', reservationId, status, refund };
    }
    case 'top-up': {
      const { amount } = call.body as { amount: number };
      return { ...said, what: 'top-up', key: call.headers?.['idempotency-key'] as string, amount };
    }
    case 'join':
    case 'place': {
      const { state, ticket } = answer.body as QueuePlace;
      return { ...said, what: 'place', scheduleId, state, sequence: sequenceOf(ticket) };
    }
    case 'leave':
      return { ...said, what: 'leave', scheduleId };
    default:
      return null;
  }
}

/** What a push promises; null for one that promises nothing. */
export function entryOfPush(user: string, push: Push, at: number): JournalEntry | null {
  if (push.type === 'reservation.changed' && push.reservationId !== undefined && push.status !== undefined) {
    const status = push.status as ReservationStatus;
    return { at, user, what: 'told', reservationId: push.reservationId, status, refund: null };
  }
  if (push.type === 'queue.admitted' && push.scheduleId !== undefined) {
    return { at, user, what: 'place', scheduleId: push.scheduleId, state: 'ADMITTED', sequence: null };
  }
  return null;
}
