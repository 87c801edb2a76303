import type { OutboundMessage } from '@stagedoor/contracts';
import type { IdGenerator } from '@stagedoor/platform';
import { type Applied, isLive, type Reservation, type ReservationEventType } from '../domain/reservation.ts';
import { countChange, type SeatMap } from '../domain/seat-map.ts';
import { Messages } from './events.ts';
import type { Observer, SeatClaim, Tx } from './ports.ts';

interface ScheduleChange {
  taken: Set<number>;
  freed: Set<number>;
  sold: number;
  blocked: number;
}

/** What every transaction is told and counted with. */
export interface Recorder {
  ids: IdGenerator;
  observer: Observer;
}

/**
 * Everything that one transaction decided, collected row by row and written set by set, in the lock order of ports.ts:
 * `saveReservations`, then what a use case inserts, then `finish`. A reservation can change several times in a batch; its
 * row is written once, each of its events is told.
 */
export class Changes {
  readonly messages: Messages;
  readonly now: Date;
  readonly #reservations = new Map<string, { before: Reservation; after: Reservation }>();
  readonly #freedClaims: SeatClaim[] = [];
  readonly #schedules = new Map<number, ScheduleChange>();
  readonly #outbound: OutboundMessage[] = [];
  readonly #observer: Observer;
  readonly #applied = new Map<string, number>();

  /** `now` is the moment of the transaction. */
  constructor({ ids, observer }: Recorder, now: Date) {
    this.messages = new Messages(ids, now);
    this.now = now;
    this.#observer = observer;
  }

  /** A transition of a reservation that exists. */
  apply(before: Reservation, { reservation: after, event }: Applied): void {
    this.note(before, after);
    this.#tell(after, event);
    const change = this.#scheduleOf(after.scheduleId);
    change.sold += Number(after.status === 'CONFIRMED') - Number(before.status === 'CONFIRMED');
    if (isLive(before.status) && !isLive(after.status)) {
      this.#freedClaims.push({ ...seatOf(after), reservationId: after.id });
      this.#free(after.scheduleId, after.seatNumber);
    }
  }

  /** A reservation that was just inserted and has its claim. */
  applyHold({ reservation, event }: Applied): void {
    this.#tell(reservation, event);
    this.#take(reservation.scheduleId, reservation.seatNumber);
  }

  /** Something about a reservation that is no transition. */
  note(before: Reservation, after: Reservation): void {
    this.#reservations.set(after.id, { before: this.#reservations.get(after.id)?.before ?? before, after });
  }

  /** Seats that an operator blocked (`taken`) or gave free. The claims themselves are written by the use case. */
  applyBlocks(scheduleId: number, seats: readonly number[], action: 'block' | 'unblock'): void {
    for (const seat of seats) action === 'block' ? this.#take(scheduleId, seat) : this.#free(scheduleId, seat);
    this.#scheduleOf(scheduleId).blocked += action === 'block' ? seats.length : -seats.length;
  }

  /** Asks for the money of a cancelled reservation back. */
  refundCancelled({ id: reservationId, chargeKey, userId, amount, cancelReason }: Reservation): void {
    if (chargeKey === null) throw new TypeError(`reservation ${reservationId} was confirmed without a charge`);
    const reason = cancelReason ?? 'CANCELLED';
    this.send(this.messages.refundRequest({ chargeKey, reservationId, userId, amount, reason }));
  }

  send(message: OutboundMessage): void {
    this.#outbound.push(message);
  }

  /** Writes the rows of changed reservations, and frees the seats of those that are live no more. */
  async saveReservations(tx: Tx): Promise<void> {
    if (this.#reservations.size > 0) await tx.reservations.save([...this.#reservations.values()]);
    if (this.#freedClaims.length > 0) await tx.claims.free(this.#freedClaims);
  }

  /**
   * Counts the seats, and hands all messages to the outbox: the last writes of the transaction. `onLocked` may look at
   * the locked seat maps first, and throw.
   */
  async finish(tx: Tx, onLocked?: (maps: readonly SeatMap[]) => void): Promise<void> {
    const changed = [...this.#schedules].filter(([, change]) => !isNothing(change));
    if (changed.length > 0) {
      const maps = await tx.seatMaps.lock(changed.map(([id]) => id).sort((a, b) => a - b));
      onLocked?.(maps);
      await this.#count(tx, maps);
    }
    if (this.#outbound.length > 0) await tx.outbox.add(this.#outbound);
    tx.afterCommit(() => {
      for (const [event, count] of this.#applied) this.#observer.applied(event, count);
    });
  }

  async #count(tx: Tx, maps: readonly SeatMap[]): Promise<void> {
    const counted = maps.map((map) => countChange(map, this.#scheduleOf(map.scheduleId), this.now));
    await tx.seatMaps.save(counted.map(({ map }) => map));
    const steps = counted.flatMap(({ map, step }) =>
      step === null ? [] : [{ ...step, scheduleId: map.scheduleId, at: this.now }],
    );
    if (steps.length > 0) await tx.seatMaps.addSteps(steps);
    const soldOut = counted.flatMap(({ map, soldOut }) => (soldOut ? [map.scheduleId] : []));
    if (soldOut.length > 0) {
      for (const schedule of await tx.schedules.find(soldOut)) {
        this.send(this.messages.scheduleEvent(schedule, 'schedule.sold-out'));
      }
    }
  }

  #tell(reservation: Reservation, event: ReservationEventType): void {
    this.send(this.messages.reservationEvent(reservation, event));
    this.#applied.set(event, (this.#applied.get(event) ?? 0) + 1);
  }

  #scheduleOf(scheduleId: number): ScheduleChange {
    const known = this.#schedules.get(scheduleId);
    if (known !== undefined) return known;
    const change = { taken: new Set<number>(), freed: new Set<number>(), sold: 0, blocked: 0 };
    this.#schedules.set(scheduleId, change);
    return change;
  }

  /** A seat that changes hands within the transaction was taken before and is taken after: no change for the map. */
  #take(scheduleId: number, seat: number): void {
    const { taken, freed } = this.#scheduleOf(scheduleId);
    if (!freed.delete(seat)) taken.add(seat);
  }

  #free(scheduleId: number, seat: number): void {
    const { taken, freed } = this.#scheduleOf(scheduleId);
    if (!taken.delete(seat)) freed.add(seat);
  }
}

const isNothing = ({ taken, freed, sold, blocked }: ScheduleChange): boolean =>
  taken.size === 0 && freed.size === 0 && sold === 0 && blocked === 0;

const seatOf = ({ scheduleId, seatNumber }: Reservation) => ({ scheduleId, seatNumber });
