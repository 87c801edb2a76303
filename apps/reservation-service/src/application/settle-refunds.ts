import type { Received, RefundResult } from '@stagedoor/contracts';
import { type RefundRefusal, settleRefund } from '../domain/refund.ts';
import type { ConsumerOptions } from './apply-outcomes.ts';
import { Changes } from './changes.ts';
import { lockStates } from './lock-states.ts';
import type { Inconsistency, Tx } from './ports.ts';

/** What contradicts our rows, and is for somebody to look at. */
const alerts: Partial<Record<RefundRefusal, Inconsistency>> = {
  VOIDED: 'refund-of-confirmed-voided',
  STILL_CONFIRMED: 'refund-of-confirmed',
};

/** Takes a batch of refunds' results (design §4.7) in the caller's transaction. */
export async function settleRefunds(
  messages: readonly Received<RefundResult>[],
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
  for (const { value: result, topic } of messages) {
    const reservation = states.get(result.reservationId);
    if (reservation === undefined) {
      counts.push(() => observer.foreign(topic, 1));
      continue;
    }
    const verdict = settleRefund(reservation, result, changes.now);
    if (verdict.kind === 'applied') {
      changes.apply(reservation, verdict);
      states.set(reservation.id, verdict.reservation);
    } else if (verdict.kind === 'already-applied') {
      counts.push(() => observer.alreadyApplied('refund', 1));
    } else {
      counts.push(() => observer.rejected('refund', verdict.reason));
      const alert = alerts[verdict.reason];
      const { reservationId, chargeKey } = result;
      if (alert !== undefined) counts.push(() => observer.inconsistent(alert, { reservationId, chargeKey }));
    }
  }
  await changes.saveReservations(tx);
  await changes.finish(tx);
  tx.afterCommit(() => {
    for (const counted of counts) counted();
  });
}
