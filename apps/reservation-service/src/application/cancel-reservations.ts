import { type Clock, GroupCommit, type IdGenerator, type UnitOfWork } from '@stagedoor/platform';
import { type CancellationRefusal, cancel } from '../domain/cancellation.ts';
import { type Rejected, type Reservation, rejected } from '../domain/reservation.ts';
import { untilKnown } from './attempts.ts';
import { Changes } from './changes.ts';
import type { BatchLimits } from './hold-seats.ts';
import { lockStates } from './lock-states.ts';
import type { Observer, Tx } from './ports.ts';

/** Who cancels what. The box office names itself and its reason, and may cancel anybody's. */
export interface CancelCommand {
  reservationId: string;
  by: { role: 'fan'; userId: string } | { role: 'box-office'; actor: string; reason: string };
}

export type CancelVerdict =
  | { kind: 'cancelled'; reservation: Reservation }
  | Rejected<CancellationRefusal | 'NOT_FOUND'>;

export interface CancelReservationsOptions {
  unitOfWork: UnitOfWork<Tx>;
  clock: Clock;
  ids: IdGenerator;
  observer: Observer;
  limits: BatchLimits;
}

/** Lets go of holds and gives confirmed seats back (design §4.7). */
export class CancelReservations {
  readonly #options: CancelReservationsOptions;
  readonly #commit: GroupCommit<CancelCommand, CancelVerdict>;

  constructor(options: CancelReservationsOptions) {
    this.#options = options;
    this.#commit = new GroupCommit({
      name: 'cancellations',
      ...options.limits,
      subjectOf: ({ reservationId }) => reservationId,
      execute: (commands) =>
        untilKnown(options.clock, () => options.unitOfWork.run((tx) => this.#cancelAll(commands, tx))),
    });
  }

  /** @throws OverloadedError when too many wait */
  async cancel(command: CancelCommand): Promise<CancelVerdict> {
    const verdict = await this.#commit.submit(command);
    if (verdict.kind === 'rejected') this.#options.observer.rejected('cancellation', verdict.reason);
    return verdict;
  }

  /** Resolves once nothing waits and nothing runs. */
  drain(): Promise<void> {
    return this.#commit.drain();
  }

  async #cancelAll(commands: CancelCommand[], tx: Tx): Promise<CancelVerdict[]> {
    const states = await lockStates(
      tx,
      commands.map(({ reservationId }) => reservationId),
    );
    const until = await cancellableUntil(tx, [...states.values()]);
    const changes = new Changes(this.#options, this.#options.clock.now());
    const verdicts: CancelVerdict[] = [];
    for (const { reservationId, by } of commands) {
      const reservation = states.get(reservationId);
      if (reservation === undefined || (by.role === 'fan' && by.userId !== reservation.userId)) {
        verdicts.push(rejected('NOT_FOUND'));
        continue;
      }
      const how =
        by.role === 'fan'
          ? { reason: 'CANCELLED_BY_FAN', until: until.get(reservation.scheduleId) ?? null }
          : { reason: by.reason, until: null };
      const verdict = cancel(reservation, how, changes.now);
      if (verdict.kind === 'rejected') {
        verdicts.push(verdict);
        continue;
      }
      const after = verdict.kind === 'applied' ? verdict.reservation : reservation;
      verdicts.push({ kind: 'cancelled', reservation: after });
      if (verdict.kind === 'already-applied') continue;
      if (after.status === 'CANCELLED') changes.refundCancelled(after);
      changes.apply(reservation, verdict);
      states.set(reservationId, after);
      if (by.role === 'box-office') {
        const detail = { from: reservation.status, to: after.status, reason: by.reason };
        await tx.audit.add({
          at: changes.now,
          actor: by.actor,
          action: 'reservation.cancel',
          subject: reservationId,
          detail,
        });
      }
    }
    await changes.saveReservations(tx);
    await changes.finish(tx);
    return verdicts;
  }
}

/** Until when fans may cancel, by schedule; only looked up where something is confirmed. */
async function cancellableUntil(tx: Tx, reservations: readonly Reservation[]): Promise<Map<number, Date | null>> {
  const confirmed = reservations.filter(({ status }) => status === 'CONFIRMED');
  const ids = [...new Set(confirmed.map(({ scheduleId }) => scheduleId))];
  const schedules = ids.length === 0 ? [] : await tx.schedules.find(ids);
  return new Map(schedules.map((schedule) => [schedule.id, schedule.cancellableUntil]));
}
