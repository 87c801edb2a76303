import { type DomainEvent, topics } from '@stagedoor/contracts';
import { uuidv7Ids } from '@stagedoor/platform';
import { eventually, type ProcessStage, processStage } from '@stagedoor/testkit';
import { shutdownSuite } from '@stagedoor/testkit/suites/shutdown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Message, WsClient } from './ws-client.ts';

shutdownSuite('queue-gateway');

let stage: ProcessStage;
beforeAll(async () => {
  stage = await processStage('queue-gateway');
});
afterAll(() => stage.strike());

const portOf = (url: string): number => Number(new URL(url).port);
const isChanged = ({ type }: Message): boolean => type === 'reservation.changed';

test('SIGTERM: who is connected is told to come back (1001), and hears on another replica what was missed', {
  timeout: 120_000,
}, async () => {
  const [leaving, staying] = [stage.start(), stage.start()];
  const [from, to] = await Promise.all([leaving.listening(), staying.listening()]);
  const now = Date.now();
  const iso = (ms: number): string => new Date(ms).toISOString();
  const reservationId = uuidv7Ids.next();
  const base = { eventId: '', scheduleId: 7, occurredAt: iso(now) };
  const show = {
    ...{ concertId: 1, title: 'A', venue: 'B', startsAt: iso(now + 86_400_000), opensAt: iso(now), salesEndAt: null },
    ...{ seatsTotal: 10, status: 'ON_SALE' as const, reason: null },
  };
  const change = (version: number, status: 'TEMPORARY_ASSIGNED' | 'PAYMENT_PENDING'): DomainEvent => ({
    ...base,
    eventId: uuidv7Ids.next(),
    type: version === 1 ? 'reservation.held' : 'reservation.payment-pending',
    data: { reservationId, userId: 'mina', seatNumber: 1, amount: 1_000, status, reason: null, version },
  });
  const token = stage.keys.fanToken('mina');
  const before = await WsClient.open(portOf(from), token);
  await stage.tell(topics.domainEvents, [
    { ...base, eventId: uuidv7Ids.next(), type: 'schedule.published', data: show },
    change(1, 'TEMPORARY_ASSIGNED'),
  ]);
  const { seq } = await before.next(isChanged);

  // A replica reads new rooms once a second, and both must know this one.
  await eventually(async () => {
    const place = await fetch(`${to}/v1/schedules/7/queue/me`, { headers: { authorization: `Bearer ${token}` } });
    expect(await place.json()).toMatchObject({ code: 'NOT_IN_QUEUE' });
  });

  leaving.signal('SIGTERM');
  await eventually(() => expect(before.closed?.code).toBe(1001), 30_000);
  expect(await leaving.exited).toEqual({ code: 0, signal: null });
  await stage.tell(topics.domainEvents, [change(2, 'PAYMENT_PENDING')]);

  const after = await WsClient.open(portOf(to), token);
  after.send({ type: 'subscribe', scheduleId: 7, lastSeq: seq });
  expect(await after.next(isChanged)).toMatchObject({ reservationId, status: 'PAYMENT_PENDING', seq: seq + 1 });
  after.close();
});
