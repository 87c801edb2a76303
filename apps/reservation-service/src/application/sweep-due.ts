import type { Clock, UnitOfWork } from '@stagedoor/platform';
import { expireHold } from '../domain/hold.ts';
import { type PaymentTimes, republishPayment } from '../domain/payment.ts';
import { Changes, type Recorder } from './changes.ts';
import type { Tx } from './ports.ts';

export interface SweepOptions extends Recorder {
  unitOfWork: UnitOfWork<Tx>;
  clock: Clock;
  times: PaymentTimes;
  /** Reservations in one transaction. */
  maxBatch: number;
}

/**
 * Looks at what is due although nobody asks: expires holds whose time is over, and puts the payment request out again of
 * what is still pending past its deadline (design §4.2), the same request with the same key. Answers how many rows were
 * due; fewer than `maxBatch` means that nothing is left.
 */
export async function sweepDue(options: SweepOptions): Promise<number> {
  const { unitOfWork, clock, observer, times, maxBatch } = options;
  return unitOfWork.run(async (tx) => {
    const due = await tx.reservations.findDue(clock.now(), maxBatch);
    if (due.length === 0) return 0;
    const changes = new Changes(options, clock.now());
    let republished = 0;
    for (const reservation of await tx.reservations.lock(due)) {
      const verdict = expireHold(reservation, changes.now);
      if (verdict.kind === 'applied') {
        changes.apply(reservation, verdict);
        continue;
      }
      const again = republishPayment(reservation, times, changes.now);
      if (again === null) continue;
      changes.send(changes.messages.paymentRequest(again));
      changes.note(reservation, again);
      republished++;
    }
    await changes.saveReservations(tx);
    await changes.finish(tx);
    tx.afterCommit(() => observer.republished(republished));
    return due.length;
  });
}
