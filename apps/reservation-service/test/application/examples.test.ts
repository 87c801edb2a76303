import { readFileSync } from 'node:fs';
import { decode, type TopicDefinition, topics } from '@stagedoor/contracts';
import { ManualClock } from '@stagedoor/platform';
import { expect, test } from 'vitest';
import { applyOutcomes } from '../../src/application/apply-outcomes.ts';
import { settleRefunds } from '../../src/application/settle-refunds.ts';
import { aPlan } from '../builders.ts';
import { MemoryDatabase } from '../memory/memory-database.ts';
import { box, eventsOf, noObserver, sent } from './box.ts';

const text = (name: string): string =>
  readFileSync(new URL(`../../../../libs/contracts/examples/${name}.json`, import.meta.url), 'utf8');
const example = (name: string) => JSON.parse(text(name));

function received<T>(topic: TopicDefinition<T>, name: string) {
  const value = Buffer.from(text(name));
  const raw = { topic: topic.name, partition: 0, offset: '0', key: null, value, headers: {}, timestamp: new Date() };
  const decoded = decode(topic, raw);
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.message;
}

test('the examples of the contracts are one purchase: what is read here leads to what is written here', async () => {
  const request = example('payment-request.v1');
  const event = example('domain-event.v1');
  const opensAt = new Date('2025-11-28T09:00:00.000Z');
  const database = new MemoryDatabase();
  const [show] = aPlan().schedules;
  if (show === undefined) throw new Error('no show');
  await database.run((tx) => tx.schedules.insertConcert(aPlan({ schedules: [{ ...show, opensAt }] })));
  const clock = new ManualClock(new Date('2025-11-28T09:59:00.000Z'));
  let nextId: string = request.reservationId;
  const options = { clock, ids: { next: () => nextId }, observer: noObserver };
  const { hold, pay, cancel } = box({ unitOfWork: database, schedules: database, ...options });

  await hold(request.userId, request.seatNumber);
  nextId = event.eventId;
  clock.set(new Date(request.requestedAt));
  await pay(request.reservationId, request.userId, 'key');
  expect(sent(database.tables.outbox, topics.paymentRequests)).toEqual([request]);

  clock.set(new Date(event.occurredAt));
  await database.run((tx) =>
    applyOutcomes([received(topics.reservationOutcomes, 'reservation-outcome.v1')], tx, options),
  );
  expect(eventsOf(database.tables.outbox).at(-1)).toEqual(event);

  const refund = example('refund-request.v1');
  clock.set(new Date(refund.requestedAt));
  await cancel(request.reservationId, request.userId);
  expect(sent(database.tables.outbox, topics.refundRequests)).toEqual([refund]);

  await database.run((tx) => settleRefunds([received(topics.refundResults, 'refund-result.v1')], tx, options));
  expect(database.tables.reservations.get(request.reservationId)).toMatchObject({
    status: 'CANCELLED',
    refund: 'DONE',
  });
});
