import { topics } from '@stagedoor/contracts';
import type { Snapshot } from '@stagedoor/testkit/invariants/snapshot';
import type { Journal } from './fans.ts';
import { MAX_SKEW_MS } from './times.ts';
import type { World } from './world.ts';

interface Broken {
  invariant: string;
  detail: string;
}

// A clock that is ahead makes the sweeper look so much too early: what came closer to the deadline may be either.
const MARGIN_MS = MAX_SKEW_MS + 100;

/**
 * What design §4 promises beyond I1 to I10: what fans were told with a 2xx is there, and a payment that was made, and
 * told to Kafka, in time is confirmed, whatever was down meanwhile (§4.4).
 */
export function checkPromises(state: Snapshot, world: World, journal: Journal): Broken[] {
  const broken: Broken[] = [];
  const reservationOf = new Map(state.reservations.map((reservation) => [reservation.id, reservation]));
  for (const id of journal.held) {
    if (!reservationOf.has(id)) broken.push({ invariant: 'journal', detail: `${id} was held, and is not there` });
  }
  const asked = new Set(state.topics.paymentRequests.map(({ reservationId }) => reservationId));
  for (const id of journal.paid) {
    if (!asked.has(id)) broken.push({ invariant: 'journal', detail: `${id} was taken for payment, nobody was asked` });
  }
  for (const record of world.broker.partitionsOf(topics.paymentResults.name).flat()) {
    const { reservationId, status } = JSON.parse(String(record.value)) as { reservationId: string; status: string };
    const payment = world.databases.result.tables.payments.get(reservationId);
    const deadline = payment?.order?.deadline;
    if (status !== 'SUCCESS' || payment?.decision?.outcome !== 'EXPIRED' || deadline === undefined) continue;
    if (record.timestamp.getTime() < deadline.getTime() - MARGIN_MS) {
      broken.push({ invariant: '§4.4', detail: `${reservationId} was paid in time, and expired` });
    }
  }
  return broken;
}
