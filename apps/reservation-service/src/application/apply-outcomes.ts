import type { Received, ReservationOutcome } from '@stagedoor/contracts';
import type { Clock } from '@stagedoor/platform';
import { applyOutcome, type OutcomeVerdict } from '../domain/outcome.ts';
import type { Reservation } from '../domain/reservation.ts';
import { Changes, type Recorder } from './changes.ts';
import { lockStates } from './lock-states.ts';
import type { Observer, Tx } from './ports.ts';

export interface ConsumerOptions extends Recorder {
  clock: Clock;
}

/**
 * Takes a batch of decisions (design §4.6) in the caller's transaction. Only the row's state decides, so any message may
 * come again, late, or twice in one batch. Outcomes of reservations that are not ours are counted and left.
 */
export async function applyOutcomes(
  messages: readonly Received<ReservationOutcome>[],
  tx: Tx,
  options: ConsumerOptions,
): Promise<void> {
  const states = await lockStates(
    tx,
    messages.map(({ value }) => value.reservationId),
  );
  const { observer } = options;
  const changes = new Changes(options, options.clock.now());
  const counts: (() => void)[] = [];
  for (const { value: outcome, topic } of messages) {
    const reservation = states.get(outcome.reservationId);
    if (reservation === undefined) {
      counts.push(() => observer.foreign(topic, 1));
      continue;
    }
    const verdict = applyOutcome(reservation, outcome, changes.now);
    counts.push(() => count(observer, verdict, outcome, reservation));
    const after = take(changes, reservation, verdict, outcome);
    if (after !== undefined) states.set(reservation.id, after);
  }
  await changes.saveReservations(tx);
  await changes.finish(tx);
  tx.afterCommit(() => {
    for (const counted of counts) counted();
  });
}

function take(
  changes: Changes,
  before: Reservation,
  verdict: OutcomeVerdict,
  { chargeKey, reservationId, userId, amount }: ReservationOutcome,
): Reservation | undefined {
  // Whoever was charged gets it back, also where that is not the fan of the reservation.
  const giveBack = (reason: string) =>
    changes.send(changes.messages.refundRequest({ chargeKey, reservationId, userId, amount, reason }));
  switch (verdict.kind) {
    case 'applied':
      if (verdict.refund !== null) giveBack(verdict.refund);
      changes.apply(before, verdict);
      return verdict.reservation;
    case 'charge-refused':
      giveBack(verdict.why);
      changes.note(before, verdict.reservation);
      return verdict.reservation;
    case 'already-applied':
    case 'rejected':
      return undefined;
  }
}

function count(observer: Observer, verdict: OutcomeVerdict, outcome: ReservationOutcome, before: Reservation): void {
  switch (verdict.kind) {
    case 'applied': {
      const { paymentRequestedAt: asked } = before;
      const { decidedAt, status } = verdict.reservation;
      if (asked !== null && decidedAt !== null) observer.decided(status, decidedAt.getTime() - asked.getTime());
      break;
    }
    case 'already-applied':
      observer.alreadyApplied('outcome', 1);
      break;
    case 'charge-refused':
      observer.rejected('outcome', verdict.why);
      break;
    case 'rejected':
      observer.rejected('outcome', verdict.reason);
      if (verdict.reason === 'CONFIRMED_BEFORE') {
        const { reservationId, outcome: decided, chargeKey } = outcome;
        observer.inconsistent('unpaid-outcome-of-confirmed', { reservationId, decided, chargeKey });
      }
  }
}
