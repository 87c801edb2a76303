import type { Snapshot } from './snapshot.ts';
import type { InvariantLimits, Violation } from './violation.ts';

/** I6, I7 and I8: nothing pending or held past its time and a sweep; outboxes drain to empty. */
export function checkTime({ takenAt, reservations, outboxes }: Snapshot, { sweepMs }: InvariantLimits): Violation[] {
  const violations: Violation[] = [];
  const overdue = (due: Date | null) => due === null || due.getTime() + sweepMs < takenAt.getTime();
  for (const { id, status, paymentDeadline, holdExpiresAt } of reservations) {
    if (status === 'PAYMENT_PENDING' && overdue(paymentDeadline)) {
      violations.push({
        invariant: 'I6',
        detail: `${id} is pending since its deadline ${paymentDeadline?.toISOString()}`,
      });
    }
    if (status === 'TEMPORARY_ASSIGNED' && overdue(holdExpiresAt)) {
      violations.push({ invariant: 'I7', detail: `${id} is held since its end ${holdExpiresAt.toISOString()}` });
    }
  }
  for (const { app, rows } of outboxes) {
    if (rows > 0) violations.push({ invariant: 'I8', detail: `${rows} rows wait in the outbox of ${app}` });
  }
  return violations;
}
