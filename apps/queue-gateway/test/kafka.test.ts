import {
  type DomainEvent,
  decode,
  encode,
  type ReservationStatus,
  topics,
  type WrittenDomainEvent,
} from '@stagedoor/contracts';
import { type KafkaClient, MessageProducer, openKafka } from '@stagedoor/messaging';
import { uuidv7Ids } from '@stagedoor/platform';
import { eventually, quietLogger } from '@stagedoor/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newFan, newSchedule, type Replica, type World, world } from './harness.ts';
import { WsClient } from './ws-client.ts';

let w: World;
let gateway: Replica;
let kafka: KafkaClient;
let producer: MessageProducer;
let schedule: number;
const heard: DomainEvent[] = [];
let listener: ReturnType<KafkaClient['kafka']['consumer']>;

beforeAll(async () => {
  w = await world();
  gateway = await w.replica();
  kafka = openKafka(w.kafka.config, quietLogger);
  producer = new MessageProducer(kafka);
  listener = kafka.kafka.consumer({ groupId: kafka.groupName('listener') });
  await listener.connect();
  await listener.subscribe({ topic: kafka.topicName('data-platform-events'), fromBeginning: true });
  await listener.run({
    eachMessage: async ({ partition, message }) => {
      const raw = { ...message, topic: 'data-platform-events', partition, headers: {}, timestamp: new Date() };
      const read = decode(topics.domainEvents, raw);
      if (read.ok) heard.push(read.message.value);
    },
  });
});
afterAll(async () => {
  await listener.disconnect();
  await producer.close();
  await kafka.close();
  await w.close();
});
beforeEach(() => {
  schedule = newSchedule();
});

const admin = { fan: 'operator', roles: ['admin'] };
const queue = (): string => `/v1/schedules/${schedule}/queue`;
const room = async () => gateway.call('GET', `/v1/admin/waiting-rooms/${schedule}`, admin);
const join = (fan: string) => gateway.call('POST', queue(), { fan, body: {} });
const me = (fan: string) => gateway.call('GET', `${queue()}/me`, { fan });
const admitted = (fan: string) =>
  eventually(async () => {
    const { body } = await me(fan);
    expect(body.state).toBe('ADMITTED');
    return w.keys.admissionVerifier.verify(body.admissionToken);
  });

async function publish(...events: WrittenDomainEvent[]): Promise<void> {
  await producer.send(
    events.map((event) =>
      encode(topics.domainEvents, event as DomainEvent, {
        eventId: event.eventId,
        occurredAt: new Date(event.occurredAt),
        producer: 'test',
      }),
    ),
  );
}

type ScheduleType = 'schedule.published' | 'schedule.updated' | 'schedule.cancelled' | 'schedule.sold-out';

const scheduleEvent = (type: ScheduleType, given: object = {}, occurredAt = new Date()): WrittenDomainEvent => ({
  eventId: uuidv7Ids.next(),
  type,
  scheduleId: schedule,
  occurredAt: occurredAt.toISOString(),
  data: {
    concertId: 1,
    title: 'A concert',
    venue: 'A hall',
    startsAt: new Date(Date.now() + 3_600_000).toISOString(),
    opensAt: new Date(Date.now() - 1_000).toISOString(),
    salesEndAt: null,
    seatsTotal: 500,
    status: type === 'schedule.cancelled' ? 'CANCELLED' : 'ON_SALE',
    reason: null,
    ...given,
  },
});

const typeOf = {
  TEMPORARY_ASSIGNED: 'reservation.held',
  PAYMENT_PENDING: 'reservation.payment-pending',
  CONFIRMED: 'reservation.confirmed',
  PAYMENT_FAILED: 'reservation.payment-failed',
  EXPIRED: 'reservation.expired',
  CANCELLED: 'reservation.cancelled',
} as const satisfies Record<ReservationStatus, string>;

const reservationEvent = (
  userId: string,
  reservationId: string,
  version: number,
  status: ReservationStatus,
  occurredAt = new Date(),
): WrittenDomainEvent => ({
  eventId: uuidv7Ids.next(),
  type: typeOf[status],
  scheduleId: schedule,
  occurredAt: occurredAt.toISOString(),
  data: { reservationId, userId, seatNumber: version, amount: 1_000, status, reason: null, version },
});

/** Resolves once everything that was published before has been processed: a room that came after it is known. */
async function processed(): Promise<void> {
  const marker = schedule;
  const partitionMate = scheduleEvent('schedule.updated', { opensAt: new Date(Date.now() - 2_000).toISOString() });
  await publish(partitionMate);
  const { data } = partitionMate;
  await eventually(async () => {
    const { body } = await gateway.call('GET', `/v1/admin/waiting-rooms/${marker}`, admin);
    expect((body as { opensAt?: string }).opensAt).toBe('opensAt' in data && data.opensAt);
  });
}

describe('a schedule', () => {
  test('that is published has a room, at the configured rate and cap', async () => {
    await publish(scheduleEvent('schedule.published'));
    const { body } = await eventually(async () => {
      const answer = await room();
      expect(answer.status).toBe(200);
      return answer;
    });
    expect(body).toMatchObject({ mode: 'queue', state: 'queue', ratePerSecond: 200, maxInside: 2_000 });
    expect((await join(newFan())).status).toBe(201);
  });

  test('that is updated moves its room’s opening; what comes late changes nothing', async () => {
    const opensAt = new Date(Date.now() + 60_000).toISOString();
    const now = Date.now();
    const published = scheduleEvent('schedule.published', {}, new Date(now - 2_000));
    await publish(published, scheduleEvent('schedule.updated', { opensAt }, new Date(now - 1_000)), published);
    await eventually(async () => expect((await room()).body).toMatchObject({ opensAt, state: 'prequeue' }));
    expect((await join(newFan())).body.state).toBe('PREQUEUE');
  });

  test('that is cancelled closes its room, whatever the operator sets', async () => {
    await publish(scheduleEvent('schedule.published'));
    await eventually(async () => expect((await room()).status).toBe(200));
    const fan = newFan();
    await gateway.call('PUT', `/v1/admin/waiting-rooms/${schedule}`, { ...admin, body: { mode: 'paused' } });
    await join(fan);
    await publish(scheduleEvent('schedule.cancelled'));
    await eventually(async () => expect(await me(fan)).toMatchObject({ status: 409, body: { code: 'QUEUE_CLOSED' } }));
    await gateway.call('PUT', `/v1/admin/waiting-rooms/${schedule}`, { ...admin, body: { mode: 'open' } });
    expect((await room()).body.state).toBe('closed');
  });
});

describe('a slot', () => {
  const inside = async () => (await room()).body.inside;
  const open = async (settings: object = {}) => {
    await publish(scheduleEvent('schedule.published', {}, new Date(Date.now() - 5_000)));
    await eventually(async () => expect((await room()).status).toBe(200));
    if (Object.keys(settings).length > 0) {
      await gateway.call('PUT', `/v1/admin/waiting-rooms/${schedule}`, { ...admin, body: settings });
    }
  };

  test('is free once the fan has bought, and the fan may join again at the end', async () => {
    await open({ maxInside: 1 });
    const [fan, next] = [newFan(), newFan()];
    await join(fan);
    await admitted(fan);
    await join(next);
    const reservation = uuidv7Ids.next();
    await publish(
      reservationEvent(fan, reservation, 1, 'TEMPORARY_ASSIGNED'),
      reservationEvent(fan, reservation, 2, 'PAYMENT_PENDING'),
    );
    await processed();
    expect((await me(next)).body.state).toBe('WAITING');
    await publish(reservationEvent(fan, reservation, 3, 'CONFIRMED'));
    await admitted(next);
    expect((await me(fan)).status).toBe(404);
    expect((await join(fan)).body).toMatchObject({ state: 'WAITING', position: 1 });
  });

  test('is kept while another seat is held, and freed by the last, however often the events come', async () => {
    await open();
    const fan = newFan();
    await join(fan);
    await admitted(fan);
    const [a, b] = [uuidv7Ids.next(), uuidv7Ids.next()];
    const first = [
      reservationEvent(fan, a, 1, 'TEMPORARY_ASSIGNED'),
      reservationEvent(fan, b, 1, 'TEMPORARY_ASSIGNED'),
    ];
    const gone = reservationEvent(fan, a, 2, 'EXPIRED');
    await publish(...first, gone, ...first, gone, ...first);
    await processed();
    expect(await inside()).toBe(1);
    expect((await me(fan)).body.state).toBe('ADMITTED');
    await publish(reservationEvent(fan, b, 2, 'EXPIRED'));
    await eventually(async () => expect(await inside()).toBe(0));
  });

  test('is not freed by what happened before the admission began', async () => {
    await open();
    const fan = newFan();
    const before = new Date(Date.now() - 1_000);
    await join(fan);
    await admitted(fan);
    await publish(reservationEvent(fan, uuidv7Ids.next(), 3, 'CONFIRMED', before));
    await processed();
    expect((await me(fan)).body.state).toBe('ADMITTED');
    await publish(reservationEvent(fan, uuidv7Ids.next(), 3, 'CONFIRMED', new Date(Date.now() + 100)));
    await eventually(async () => expect((await me(fan)).status).toBe(404));
  });

  test('outlives the end of its admission while something is held', async () => {
    const hasty = await w.replica({ ADMISSION_TTL_MS: '1500' });
    await gateway.close();
    gateway = hasty;
    await open();
    const fan = newFan();
    await join(fan);
    const admission = await admitted(fan);
    const reservation = uuidv7Ids.next();
    await publish(reservationEvent(fan, reservation, 1, 'TEMPORARY_ASSIGNED', new Date(Date.now() + 50)));
    await eventually(() => expect(Date.now()).toBeGreaterThan(admission.expiresAt.getTime() + 500));
    expect(await inside()).toBe(1);
    expect((await me(fan)).status).toBe(404);
    await publish(reservationEvent(fan, reservation, 2, 'EXPIRED'));
    await eventually(async () => expect(await inside()).toBe(0));
    await gateway.close();
    gateway = await w.replica();
  });
});

describe('what is told', () => {
  test('each admission begins and ends with one event', async () => {
    await publish(scheduleEvent('schedule.published'));
    await eventually(async () => expect((await room()).status).toBe(200));
    const fans = Array.from({ length: 20 }, () => newFan());
    await Promise.all(fans.map(join));
    const admissions = await Promise.all(fans.map(admitted));
    await Promise.all(fans.map((fan) => gateway.call('DELETE', `${queue()}/me`, { fan })));
    const of = (type: string) => heard.filter((event) => event.scheduleId === schedule && event.type === type);
    await eventually(() => expect(of('queue.left')).toHaveLength(20));
    for (const [type, reason] of [
      ['queue.admitted', null],
      ['queue.left', 'LEFT'],
    ] as const) {
      const expected = admissions.map(({ userId, jti }) => ({ userId, admissionId: jti, reason }));
      const byUser = (a: { userId: string }, b: { userId: string }): number => (a.userId < b.userId ? -1 : 1);
      const told = of(type).map(({ data }) => data as { userId: string });
      expect(told.sort(byUser)).toEqual(expected.sort(byUser));
    }
  });

  test('of a reservation is no news any more once it is older than news is kept: history that comes again is not told', async () => {
    const fan = newFan();
    const socket = await WsClient.open(gateway.port, w.keys.fanToken(fan));
    const hoursAgo = new Date(Date.now() - 2 * 3_600_000);
    const [old, recent] = [uuidv7Ids.next(), uuidv7Ids.next()];
    await publish(
      reservationEvent(fan, old, 1, 'TEMPORARY_ASSIGNED', hoursAgo),
      reservationEvent(fan, old, 2, 'EXPIRED', hoursAgo),
      reservationEvent(fan, recent, 1, 'TEMPORARY_ASSIGNED'),
    );
    await socket.next(({ reservationId }) => reservationId === recent);
    expect(socket.messages.map(({ reservationId }) => reservationId)).toEqual([recent]);
    socket.close();
  });

  test('a message that cannot be read does not hold up the next', async () => {
    await producer.send([{ topic: 'data-platform-events', key: String(schedule), value: '{"type":', headers: {} }]);
    await publish(scheduleEvent('schedule.published'));
    await eventually(async () => expect((await room()).status).toBe(200));
  });
});
