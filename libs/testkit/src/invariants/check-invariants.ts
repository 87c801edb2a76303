import { setTimeout as sleep } from 'node:timers/promises';
import { type DatabaseUrls, loadDatabases } from './load-databases.ts';
import { type KafkaAccess, loadTopics } from './load-topics.ts';
import { brokenInvariants } from './rules.ts';
import type { Snapshot } from './snapshot.ts';
import type { InvariantLimits, Violation } from './violation.ts';

export interface SystemAccess {
  databases: DatabaseUrls;
  kafka: KafkaAccess;
}

export interface InvariantReport {
  violations: Violation[];
  /** How much was looked at, so that an empty system is not mistaken for a sound one. */
  counts: Record<string, number>;
  openRefunds: string[];
}

export async function takeSnapshot({ databases, kafka }: SystemAccess): Promise<Snapshot> {
  return { ...(await loadDatabases(databases)), topics: await loadTopics(kafka) };
}

const perStatus = (rows: readonly { status: string | null }[], name: string): Record<string, number> =>
  Object.fromEntries(
    [...Map.groupBy(rows, ({ status }) => status ?? 'none')].map(([status, of]) => [`${name} ${status}`, of.length]),
  );

/**
 * I1 to I10 of a running system at rest: every message consumed, every sweep done. What a system that is still busy may
 * look like a violation, so it is read again, for `settleMs`, until nothing is left that time alone could mend.
 * `onWaiting` is told what is left each time.
 */
export async function checkInvariants(
  access: SystemAccess,
  limits: InvariantLimits,
  settleMs = 30_000,
  onWaiting: (left: { violations: Violation[]; openRefunds: string[] }) => void = () => {},
): Promise<InvariantReport> {
  const until = Date.now() + settleMs;
  for (;;) {
    const snapshot = await takeSnapshot(access);
    const violations = brokenInvariants(snapshot, limits);
    const isSettled = violations.length === 0 && snapshot.openRefunds.size === 0;
    if (isSettled || Date.now() > until) {
      return {
        violations,
        openRefunds: [...snapshot.openRefunds],
        counts: {
          ...perStatus(snapshot.reservations, 'reservations'),
          ...perStatus(snapshot.payments, 'payments'),
          ...perStatus(snapshot.refunds, 'refunds'),
          ...perStatus(snapshot.decisions, 'decisions'),
          wallets: snapshot.wallets.length,
          transfers: snapshot.transfers.length,
          'payment-requests': snapshot.topics.paymentRequests.length,
          'reservation events': snapshot.topics.reservationEvents.length,
          'dead letters': snapshot.topics.deadLettered.size,
        },
      };
    }
    onWaiting({ violations, openRefunds: [...snapshot.openRefunds] });
    await sleep(500);
  }
}
