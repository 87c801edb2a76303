import type { Clock, UnitOfWork } from '@stagedoor/platform';
import { cancel } from '../domain/cancellation.ts';
import { endHold } from '../domain/hold.ts';
import type { Reservation, Verdict } from '../domain/reservation.ts';
import type { Schedule } from '../domain/schedule.ts';
import { Changes, type Recorder } from './changes.ts';
import type { Tx } from './ports.ts';

export interface CancelScheduleOptions extends Recorder {
  unitOfWork: UnitOfWork<Tx>;
  clock: Clock;
}

/**
 * Cancels a show: from this commit on nobody can hold a seat of it. What is live is ended, and refunded, by
 * `endCancelledShow`, batch by batch. Null where there is no such schedule; the same again changes nothing.
 */
export async function cancelSchedule(
  { scheduleId, reason, actor }: { scheduleId: number; reason: string; actor: string },
  options: CancelScheduleOptions,
): Promise<Schedule | null> {
  return options.unitOfWork.run(async (tx) => {
    const schedule = await tx.schedules.lock(scheduleId);
    if (schedule === null || schedule.status === 'CANCELLED') return schedule;
    const now = options.clock.now();
    const cancelled = { ...schedule, status: 'CANCELLED' as const, cancelReason: reason, cancellingSince: now };
    await tx.schedules.save(scheduleId, cancelled);
    await reviseTerms(tx, scheduleId);
    const detail = { reason };
    await tx.audit.add({ at: now, actor, action: 'schedule.cancel', subject: String(scheduleId), detail });
    const changes = new Changes(options, now);
    changes.send(changes.messages.scheduleEvent(cancelled, 'schedule.cancelled'));
    await changes.finish(tx);
    return cancelled;
  });
}

/** Makes every hold that was decided under the terms so far decide again. The caller has the schedule's lock. */
export async function reviseTerms(tx: Tx, scheduleId: number): Promise<void> {
  const maps = await tx.seatMaps.lock([scheduleId]);
  await tx.seatMaps.save(maps.map((map) => ({ ...map, termsRevision: map.termsRevision + 1 })));
}

export interface EndCancelledShowOptions extends CancelScheduleOptions {
  /** Most reservations in one transaction. */
  maxBatch: number;
  /** Reservations per second; the work has no hurry, the sales of other shows have. */
  perSecond: number;
  /** Asked before each transaction: false where the service stops, or another replica does the work. */
  mayGoOn(): Promise<boolean>;
}

// A transaction takes what is due in this time: short, so that holds and payments hardly wait for it.
const CHUNK_MS = 100;

/**
 * Ends everything live of a cancelled show, little by little, each time found again from its claims: killed anywhere, the
 * next run goes on where it was. Payments that are pending stay until their outcome, and are cancelled by
 * a later run. Answers whether nothing was left.
 */
export async function endCancelledShow(scheduleId: number, options: EndCancelledShowOptions): Promise<boolean> {
  const { unitOfWork, clock, perSecond } = options;
  const size = Math.min(options.maxBatch, Math.ceil((perSecond * CHUNK_MS) / 1000));
  let pending = 0;
  for (let fromSeat: number | null = 1; fromSeat !== null; ) {
    if (!(await options.mayGoOn())) return false;
    const beganMs = clock.now().getTime();
    const from: number = fromSeat;
    const chunk = await unitOfWork.run((tx) => endSome(scheduleId, from, size, tx, options));
    pending += chunk.pending;
    fromSeat = chunk.nextSeat;
    const tookMs = clock.now().getTime() - beganMs;
    // However slow the database is: half of the time is for the others.
    const restMs = Math.max(tookMs, (chunk.ended * 1000) / perSecond - tookMs);
    if (restMs > 0) await clock.sleep(restMs);
  }
  if (pending > 0) return false;
  await finishCancelling(scheduleId, options);
  return true;
}

async function endSome(
  scheduleId: number,
  fromSeat: number,
  size: number,
  tx: Tx,
  options: EndCancelledShowOptions,
): Promise<{ nextSeat: number | null; pending: number; ended: number }> {
  const claims = await tx.claims.findFrom(scheduleId, fromSeat, size);
  const own = claims.flatMap(({ reservationId }) => (reservationId === null ? [] : [reservationId]));
  const reservations = own.length === 0 ? [] : await tx.reservations.lock(own.sort());
  const changes = new Changes(options, options.clock.now());
  let pending = 0;
  let ended = 0;
  for (const reservation of reservations) {
    const verdict = endForCancelledShow(reservation, changes.now);
    if (verdict.kind === 'rejected') pending++;
    if (verdict.kind !== 'applied') continue;
    if (verdict.reservation.status === 'CANCELLED') changes.refundCancelled(verdict.reservation);
    changes.apply(reservation, verdict);
    ended++;
  }
  await changes.saveReservations(tx);
  await changes.finish(tx);
  const last = claims.at(-1);
  return { nextSeat: claims.length < size || last === undefined ? null : last.seatNumber + 1, pending, ended };
}

const REASON = 'SCHEDULE_CANCELLED';

function endForCancelledShow(reservation: Reservation, now: Date): Verdict {
  if (reservation.status === 'TEMPORARY_ASSIGNED') return endHold(reservation, REASON, now);
  if (reservation.status === 'PAYMENT_PENDING' || reservation.status === 'CONFIRMED') {
    return cancel(reservation, { reason: REASON, until: null }, now);
  }
  return { kind: 'already-applied' };
}

async function finishCancelling(scheduleId: number, { unitOfWork }: EndCancelledShowOptions): Promise<void> {
  // No hold comes after the cancellation's commit (its terms revision sees to that), so what was empty stays empty.
  await unitOfWork.run(async (tx) => {
    const schedule = await tx.schedules.lock(scheduleId);
    if (schedule !== null) await tx.schedules.save(scheduleId, { ...schedule, cancellingSince: null });
  });
}
