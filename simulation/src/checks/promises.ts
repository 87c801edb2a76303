import { decode, type RawMessage, type TopicDefinition, topics } from '@stagedoor/contracts';
import type { Snapshot } from '@stagedoor/testkit/invariants/snapshot';
import { compareBooks } from '@stagedoor/testkit/payment-provider/compare-books';
import type { Journal } from '../fans.ts';
import { MAX_SKEW_MS } from '../times.ts';
import type { World } from '../world.ts';
import type { Broken } from './broken.ts';

// A clock that is ahead makes the sweeper look so much too early: what came closer to the deadline may be either.
const MARGIN_MS = MAX_SKEW_MS + 100;

/** What the design promises at rest beyond I1 to I10. */
export const checkPromises = (state: Snapshot, world: World, journal: Journal): Broken[] => [
  ...checkJournal(state, journal),
  ...checkPaidInTime(world),
  ...checkRefunds(state),
  ...checkCancelledShows(world),
  ...checkDeadLetters(world),
  ...checkProviderBook(state, world),
];

/** What fans were told with a 2xx is there. */
function checkJournal(state: Snapshot, { held, paid }: Journal): Broken[] {
  const known = new Set(state.reservations.map(({ id }) => id));
  const asked = new Set(state.topics.paymentRequests.map(({ reservationId }) => reservationId));
  return [
    ...[...held].filter((id) => !known.has(id)).map((id) => `${id} was held, and is not there`),
    ...[...paid].filter((id) => !asked.has(id)).map((id) => `${id} was taken for payment, nobody was asked`),
  ].map((detail) => ({ invariant: 'journal', detail }));
}

/** A payment that was made, and told to Kafka, in time is confirmed, whatever was down meanwhile (§4.4). */
function checkPaidInTime({ broker, databases }: World): Broken[] {
  return broker
    .partitionsOf(topics.paymentResults.name)
    .flat()
    .flatMap((record) => {
      const read = decode(topics.paymentResults, record);
      if (!read.ok || read.message.value.status !== 'SUCCESS') return [];
      const { reservationId } = read.message.value;
      const payment = databases.result.tables.payments.get(reservationId);
      const deadline = payment?.order?.deadline;
      if (payment?.decision?.outcome !== 'EXPIRED' || deadline === undefined) return [];
      if (record.timestamp.getTime() >= deadline.getTime() - MARGIN_MS) return [];
      return [{ invariant: '§4.4', detail: `${reservationId} was paid in time, and expired` }];
    });
}

const checkRefunds = ({ openRefunds }: Snapshot): Broken[] =>
  [...openRefunds].map((key) => ({ invariant: 'I3', detail: `the refund of ${key} never ends` }));

/** Of a cancelled show nothing is live, and everybody who had paid has the money back. */
function checkCancelledShows({ databases }: World): Broken[] {
  const { schedules, reservations, claims } = databases.reservation.tables;
  const broken = (detail: string): Broken => ({ invariant: 'cancelled show', detail });
  return [...schedules.values()]
    .filter(({ status }) => status === 'CANCELLED')
    .flatMap(({ id, cancellingSince }) => [
      ...(cancellingSince === null ? [] : [broken(`the end of schedule ${id} is never over`)]),
      ...[...claims.values()]
        .filter(({ scheduleId, reservationId }) => scheduleId === id && reservationId !== null)
        .map(({ seatNumber, reservationId }) => broken(`${reservationId} has seat ${seatNumber} of schedule ${id}`)),
      ...[...reservations.values()]
        .filter(({ scheduleId, status, refund }) => scheduleId === id && status === 'CANCELLED' && refund !== 'DONE')
        .map((reservation) => broken(`the refund of ${reservation.id} is ${reservation.refund}`)),
    ]);
}

/** Each record that its owner cannot read is kept once, and something was done about it once. */
function checkDeadLetters({ broker, databases }: World): Broken[] {
  const { deadLetters, actions } = databases.result.tables;
  const placeOf = ({ topic, partition, offset }: Pick<RawMessage, 'topic' | 'partition'> & { offset: unknown }) =>
    `${topic} ${partition} ${offset}`;
  const letters = Map.groupBy(deadLetters.values(), placeOf);
  const broken = (detail: string): Broken => ({ invariant: 'dead letters', detail });
  const acted = Map.groupBy(actions, ({ deadLetterId }) => deadLetterId);
  return [
    ...Object.values(topics).flatMap((topic) =>
      broker
        .partitionsOf(topic.name)
        .flat()
        .filter((record) => !decode(topic as TopicDefinition<unknown>, record).ok)
        .filter((record) => !letters.has(placeOf(record)))
        .map((record) => broken(`${placeOf(record)} cannot be read, and is not kept`)),
    ),
    ...[...deadLetters.values()]
      .filter(({ id, status }) => status === 'NEW' || acted.get(id)?.length !== 1)
      .map((letter) => broken(`${placeOf(letter)} is ${letter.status}, ${acted.get(letter.id)?.length ?? 0} actions`)),
  ];
}

/** What the provider outside charged and gave back is what we say, to the won. */
function checkProviderBook(state: Snapshot, { provider, databases }: World): Broken[] {
  const { payments } = databases.payment.tables;
  const isOutside = (key: string): boolean => payments.get(key)?.provider === 'outside';
  const ours = {
    payments: state.payments.filter(({ key }) => isOutside(key)),
    refunds: state.refunds.filter(({ chargeKey }) => isOutside(chargeKey)),
  };
  return compareBooks(provider.book.content(), ours).map((detail) => ({ invariant: 'provider', detail }));
}
