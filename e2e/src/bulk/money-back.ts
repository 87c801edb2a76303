import { type SystemAccess, takeSnapshot } from '@stagedoor/testkit';
import type { Buyer } from './sell-out.ts';

/** What is wrong with the end of a cancelled show: anybody without their money, or with more; nothing where all is well. */
export async function missingMoney(
  access: SystemAccess,
  scheduleId: number,
  buyers: readonly Buyer[],
): Promise<{ faults: string[]; charges: number; refunds: number }> {
  const snapshot = await takeSnapshot(access);
  const faults: string[] = [];
  const reservations = new Map(snapshot.reservations.map((reservation) => [reservation.id, reservation]));
  const wallets = new Map(snapshot.wallets.map(({ userId, balance }) => [userId, balance]));
  const refunded = Map.groupBy(snapshot.refunds, ({ chargeKey }) => chargeKey);
  const ids = new Set(buyers.flatMap(({ reservationIds }) => reservationIds));

  for (const id of ids) {
    const reservation = reservations.get(id);
    const isOver =
      reservation?.status === 'EXPIRED' || (reservation?.status === 'CANCELLED' && reservation.refund === 'DONE');
    if (!isOver) faults.push(`reservation ${id} is ${reservation?.status}, refund ${reservation?.refund}`);
  }
  const charges = snapshot.payments.filter(
    ({ reservationId, status }) => ids.has(reservationId) && status === 'SUCCESS',
  );
  let refunds = 0;
  for (const { key } of charges) {
    const made = refunded.get(key)?.filter(({ status }) => status === 'REFUNDED').length ?? 0;
    refunds += made;
    if (made !== 1) faults.push(`charge ${key} was given back ${made} times`);
  }
  for (const { fan, toppedUp } of buyers) {
    const balance = wallets.get(fan.userId);
    if (balance !== toppedUp) faults.push(`${fan.userId} has ${balance} won and came with ${toppedUp}`);
  }
  for (const claim of snapshot.claims) {
    if (claim.scheduleId === scheduleId) faults.push(`seat ${claim.seatNumber} is still claimed`);
  }
  return { faults, charges: charges.length, refunds };
}
