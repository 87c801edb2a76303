import { chargeKeyOf, encode, headerNames, type OutboundMessage, refundKeyOf, topics } from '@stagedoor/contracts';
import type { IdGenerator } from '@stagedoor/platform';
import type { Reservation, ReservationEventType } from '../domain/reservation.ts';
import type { Schedule } from '../domain/schedule.ts';

export const PRODUCER = 'reservation-service';

/** Writes this service's messages. `now` is the moment of the transaction that they leave with. */
export class Messages {
  readonly #ids: IdGenerator;
  readonly #now: Date;

  constructor(ids: IdGenerator, now: Date) {
    this.#ids = ids;
    this.#now = now;
  }

  reservationEvent(reservation: Reservation, type: ReservationEventType): OutboundMessage {
    const { id: reservationId, userId, seatNumber, amount, status, version } = reservation;
    const reason = status === 'CANCELLED' ? reservation.cancelReason : reservation.reason;
    const data = { reservationId, userId, seatNumber, amount, status, reason, version };
    return this.#event({ type, scheduleId: reservation.scheduleId, data });
  }

  scheduleEvent(
    schedule: Schedule,
    type: 'schedule.published' | 'schedule.updated' | 'schedule.cancelled' | 'schedule.sold-out',
  ): OutboundMessage {
    const { concertId, title, venue, seatsTotal } = schedule;
    const data = {
      concertId,
      title,
      venue,
      startsAt: schedule.startsAt.toISOString(),
      opensAt: schedule.opensAt.toISOString(),
      salesEndAt: schedule.salesEndAt?.toISOString() ?? null,
      seatsTotal,
      status: type === 'schedule.sold-out' ? ('SOLD_OUT' as const) : schedule.status,
      reason: schedule.cancelReason,
    };
    return this.#event({ type, scheduleId: schedule.id, data });
  }

  /** The same for the same reservation, however often it is put out: same key, same requestedAt, same deadline. */
  paymentRequest(reservation: Reservation): OutboundMessage {
    const {
      id: reservationId,
      userId,
      amount,
      scheduleId,
      seatNumber,
      paymentRequestedAt,
      paymentDeadline,
    } = reservation;
    if (paymentRequestedAt === null || paymentDeadline === null) {
      throw new TypeError(`reservation ${reservationId} asks for no payment`);
    }
    const idempotencyKey = chargeKeyOf(reservationId);
    const requestedAt = paymentRequestedAt.toISOString();
    return encode(
      topics.paymentRequests,
      { reservationId, userId, amount, idempotencyKey, scheduleId, seatNumber, requestedAt },
      this.#meta(this.#ids.next(), { [headerNames.deadline]: paymentDeadline.toISOString() }),
    );
  }

  refundRequest(refund: {
    chargeKey: string;
    reservationId: string;
    userId: string;
    amount: number;
    reason: string;
  }): OutboundMessage {
    const value = { ...refund, refundKey: refundKeyOf(refund.chargeKey), requestedAt: this.#now.toISOString() };
    return encode(topics.refundRequests, value, this.#meta(this.#ids.next()));
  }

  #event(event: { type: string; scheduleId: number; data: unknown }): OutboundMessage {
    const eventId = this.#ids.next();
    const value = { eventId, occurredAt: this.#now.toISOString(), ...event };
    return encode(topics.domainEvents, value as never, this.#meta(eventId));
  }

  #meta(eventId: string, headers: Record<string, string> = {}) {
    return { eventId, occurredAt: this.#now, producer: PRODUCER, headers };
  }
}
