import { eventually } from '@stagedoor/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, newFan, newSchedule, type Replica, type World, world } from './harness.ts';

let w: World;
let gateway: Replica;
let schedule: number;

beforeAll(async () => {
  w = await world();
  gateway = await w.replica();
});
afterAll(() => w.close());
beforeEach(() => {
  schedule = newSchedule();
});

const admin = { fan: 'operator', roles: ['admin'] };
const queue = (id: number | string = schedule): string => `/v1/schedules/${id}/queue`;
const join = (fan: string, ticket?: string, on = gateway): Promise<Answer> =>
  on.call('POST', queue(), { fan, body: { ...(ticket && { ticket }) } });
const me = (fan: string, ticket?: string, on = gateway): Promise<Answer> =>
  on.call('GET', `${queue()}/me`, { fan, headers: { ...(ticket && { 'x-queue-ticket': ticket }) } });
const leave = (fan: string): Promise<Answer> => gateway.call('DELETE', `${queue()}/me`, { fan });
const set = (settings: object): Promise<Answer> =>
  gateway.call('PUT', `/v1/admin/waiting-rooms/${schedule}`, { ...admin, body: settings });

const admitted = (fan: string, on = gateway): Promise<Answer> =>
  eventually(async () => {
    const answer = await me(fan, undefined, on);
    expect(answer.body.state).toBe('ADMITTED');
    return answer;
  });

describe('joining', () => {
  test('is answered with a place, then with an admission token that the verifier takes, the same at each ask', async () => {
    await w.room(schedule);
    const fan = newFan();
    const joined = await join(fan);
    expect(joined.status).toBe(201);
    expect(joined.body).toMatchObject({ state: 'WAITING', position: 1, ahead: 0, ticket: expect.any(String) });
    expect(joined.body.pollAfterMs).toBeGreaterThan(0);

    const place = (await admitted(fan)).body;
    expect(place).toMatchObject({ position: 0, ahead: 0, etaSeconds: 0 });
    const admission = await w.keys.admissionVerifier.verify(place.admissionToken);
    expect(admission).toMatchObject({ userId: fan, scheduleId: schedule });
    expect(admission.expiresAt.toISOString()).toBe(place.admissionExpiresAt);
    expect(await join(fan)).toMatchObject({ status: 200, body: { admissionToken: place.admissionToken } });
    expect((await me(fan, joined.body.ticket)).body.admissionToken).toBe(place.admissionToken);
  });

  test('the token says what design §6 asks for', async () => {
    await w.room(schedule);
    const fan = newFan();
    await join(fan);
    const { admissionToken } = (await admitted(fan)).body;
    const [header, claims] = admissionToken
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(String(Buffer.from(part, 'base64url'))));
    expect(header).toEqual({ alg: 'EdDSA', typ: 'admission+jwt', kid: w.keys.admissionKey.kid });
    expect(claims).toEqual({
      iss: 'stagedoor-queue',
      aud: 'stagedoor-admission',
      sub: fan,
      scheduleId: schedule,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      exp: expect.any(Number),
    });
  });

  test('twice gives the same place', async () => {
    await w.room(schedule, { mode: 'paused' });
    const [first, second] = [newFan(), newFan()];
    const joined = await join(first);
    expect((await join(second)).body).toMatchObject({ position: 2, ahead: 1 });
    expect(await join(first)).toMatchObject({ status: 200, body: { position: 1, ticket: joined.body.ticket } });
    expect(await gateway.call('POST', queue(), { fan: first })).toMatchObject({ status: 200, body: { position: 1 } });
  });

  test('by many at once, through two replicas, gives each a place of their own, without a gap', async () => {
    await w.room(schedule, { mode: 'paused' });
    const other = await w.replica({ SEQUENCE_BLOCK_SIZE: '10' });
    // On a busy machine some are turned away before they have a place, and come again.
    const joined = (on: Replica, fan = newFan()) =>
      eventually(async () => {
        const answer = await join(fan, undefined, on);
        expect(answer.status).toBe(201);
        return answer;
      });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => joined(n % 2 ? gateway : other)));
    const positions = answers.map(({ body }) => body.position).sort((a, b) => a - b);
    expect(positions).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    await other.close();
  });

  test('needs a token, a schedule that exists, and a number for it', async () => {
    expect(await gateway.call('POST', queue(), { body: {} })).toMatchObject({
      status: 401,
      body: { code: 'UNAUTHENTICATED' },
    });
    expect(await join(newFan())).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await me(newFan())).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await leave(newFan())).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    const bad = await gateway.call('POST', queue('x'), { fan: newFan(), body: {} });
    expect(bad).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  });
});

describe('a ticket', () => {
  test('that is forged, or another’s, or of another schedule, is refused', async () => {
    await w.room(schedule, { mode: 'paused' });
    const [fan, thief] = [newFan(), newFan()];
    const { ticket } = (await join(fan)).body;
    await join(newFan());
    const refused = { status: 400, body: { code: 'VALIDATION_FAILED' } };
    const [version, sequence, mac] = ticket.split('.');
    for (const forged of [
      `${version}.1${sequence}.${mac}`,
      `2.${sequence}.${mac}`,
      ticket.slice(0, -2),
      'x',
      `${ticket}=`,
    ]) {
      expect(await me(fan, forged)).toMatchObject(refused);
      expect(await join(fan, forged)).toMatchObject(refused);
    }
    expect(await join(thief, ticket)).toMatchObject(refused);
    expect(await me(thief)).toMatchObject({ status: 404, body: { code: 'NOT_IN_QUEUE' } });
    const elsewhere = newSchedule();
    await w.room(elsewhere);
    expect(await gateway.call('POST', queue(elsewhere), { fan, body: { ticket } })).toMatchObject(refused);
  });

  test('gives the place back after Redis lost everything, to those who show it, also by polling', async () => {
    await w.room(schedule, { mode: 'paused' });
    const fans = [newFan(), newFan(), newFan()] as const;
    const tickets: string[] = [];
    for (const fan of fans) tickets.push((await join(fan)).body.ticket);
    await w.redis.clear();
    const late = await join(newFan());
    expect(late.body.position).toBeGreaterThan(3);
    expect(await join(fans[1], tickets[1])).toMatchObject({ status: 200, body: { position: 2, ticket: tickets[1] } });
    expect(await me(fans[2], tickets[2])).toMatchObject({ status: 200, body: { position: 3 } });
    // The poll put it back: it is found without the ticket, too.
    expect(await me(fans[2])).toMatchObject({ status: 200, body: { position: 3 } });
    expect(await me(fans[0])).toMatchObject({ status: 404, body: { code: 'NOT_IN_QUEUE' } });
    expect(await me(fans[0], tickets[0])).toMatchObject({ status: 200, body: { position: 1 } });
  });

  test('does not admit a second time, with Redis or without', async () => {
    await w.room(schedule);
    const fan = newFan();
    const { ticket } = (await join(fan)).body;
    const { admissionToken } = (await admitted(fan)).body;
    await w.redis.clear();
    expect(await join(fan, ticket)).toMatchObject({ status: 200, body: { state: 'ADMITTED', admissionToken } });
    expect((await leave(fan)).status).toBe(204);
    expect(await me(fan, ticket)).toMatchObject({ status: 404, body: { code: 'NOT_IN_QUEUE' } });
    await set({ mode: 'paused' });
    const again = await join(fan, ticket);
    expect(again).toMatchObject({ status: 201, body: { state: 'WAITING' } });
    expect(again.body.ticket).not.toBe(ticket);
  });
});

describe('leaving', () => {
  test('frees the place; those behind move up; the ticket is void', async () => {
    await w.room(schedule, { mode: 'paused' });
    const [first, second] = [newFan(), newFan()];
    const { ticket } = (await join(first)).body;
    const behind = (await join(second)).body;
    expect(await leave(first)).toMatchObject({ status: 204, body: '' });
    await eventually(async () => expect((await me(second, behind.ticket)).body.position).toBe(1));
    for (const shown of [undefined, ticket]) expect((await me(first, shown)).body.code).toBe('NOT_IN_QUEUE');
    expect(await leave(first)).toMatchObject({ status: 404, body: { code: 'NOT_IN_QUEUE' } });
    expect(await join(first, ticket)).toMatchObject({ status: 201, body: { position: 2 } });
  });

  test('from inside frees the slot for the next', async () => {
    await w.room(schedule, { maxInside: 1 });
    const [first, second] = [newFan(), newFan()];
    await join(first);
    await admitted(first);
    await join(second);
    expect((await me(second)).body.state).toBe('WAITING');
    expect((await leave(first)).status).toBe(204);
    await admitted(second);
    expect(await me(first)).toMatchObject({ status: 404 });
  });
});

describe('a room', () => {
  test('lets nobody in before it opens, and those who came early first', async () => {
    await w.room(schedule, { opensAt: new Date(Date.now() + 60_000) });
    const fan = newFan();
    const early = await join(fan);
    expect(early).toMatchObject({ status: 201, body: { state: 'PREQUEUE', position: 1 } });
    expect(early.body.etaSeconds).toBeGreaterThan(50);
    expect(await set({ opensAt: new Date(Date.now() - 1_000).toISOString() })).toMatchObject({
      status: 200,
      body: { state: 'queue' },
    });
    await admitted(fan);
  });

  test('that is closed takes nobody and calls nobody, but lets the admitted be', async () => {
    await w.room(schedule, { maxInside: 1 });
    const [inside, waiting] = [newFan(), newFan()];
    await join(inside);
    await admitted(inside);
    const { ticket } = (await join(waiting)).body;
    const shown = async () =>
      String((await gateway.call('GET', '/metrics')).body).includes(`queue_waiting_fans{schedule="${schedule}"`);
    await eventually(async () => expect(await shown()).toBe(true));
    await set({ mode: 'closed' });
    await eventually(async () => expect(await shown()).toBe(false));
    const closed = { status: 409, body: { code: 'QUEUE_CLOSED' } };
    expect(await join(newFan())).toMatchObject(closed);
    expect(await me(waiting)).toMatchObject(closed);
    expect(await me(waiting, ticket)).toMatchObject(closed);
    expect(await join(inside)).toMatchObject({ status: 200, body: { state: 'ADMITTED' } });
    expect((await leave(waiting)).status).toBe(204);
  });

  test('is closed once sales have ended', async () => {
    await w.room(schedule, { salesEndAt: new Date(Date.now() - 1_000) });
    expect(await join(newFan())).toMatchObject({ status: 409, body: { code: 'QUEUE_CLOSED' } });
  });

  test('that is paused says so, with the operator’s word; open, it lets everybody in', async () => {
    await w.room(schedule, { mode: 'paused', maxInside: 1, ratePerSecond: 1 });
    await set({ message: 'We will be back at noon <b>' });
    const fans = [newFan(), newFan(), newFan()];
    const [joined] = await Promise.all(fans.map((fan) => join(fan)));
    expect(joined?.body).toMatchObject({ state: 'WAITING', etaSeconds: null, message: 'We will be back at noon <b>' });
    await set({ mode: 'open' });
    for (const fan of fans) await admitted(fan);
  });

  test('is seen and set by operators alone, and each change is kept', async () => {
    await w.room(schedule);
    const path = `/v1/admin/waiting-rooms/${schedule}`;
    expect(await gateway.call('GET', path)).toMatchObject({ status: 401 });
    expect(await gateway.call('GET', path, { fan: newFan() })).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    });
    expect(await gateway.call('PUT', path, { fan: newFan(), body: { mode: 'open' } })).toMatchObject({ status: 403 });
    for (const body of [{}, { mode: 'ajar' }, { ratePerSecond: 0 }, { unknown: 1 }]) {
      expect(await gateway.call('PUT', path, { ...admin, body })).toMatchObject({ status: 400 });
    }
    const changed = await set({ mode: 'paused', ratePerSecond: 5, maxInside: 6, message: null });
    expect(changed).toMatchObject({
      status: 200,
      body: { mode: 'paused', ratePerSecond: 5, maxInside: 6, state: 'paused' },
    });
    await join(newFan());
    expect(await gateway.call('GET', path, admin)).toMatchObject({
      status: 200,
      body: { waiting: 1, inside: 0, serving: 0 },
    });
    expect(await gateway.call('GET', `/v1/admin/waiting-rooms/${newSchedule()}`, admin)).toMatchObject({ status: 404 });
    const missing = await gateway.call('PUT', `/v1/admin/waiting-rooms/${newSchedule()}`, {
      ...admin,
      body: { mode: 'open' },
    });
    expect(missing).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });
});

describe('the end of an admission', () => {
  test('frees the slot, and the fan may join again', async () => {
    await w.room(schedule, { maxInside: 1 });
    const hasty = await w.replica({ ADMISSION_TTL_MS: '200' });
    await gateway.close();
    gateway = hasty;
    const [first, second] = [newFan(), newFan()];
    const { ticket } = (await join(first)).body;
    // Whether anybody looks while it lasts is a matter of luck; that it was, and is over, is what the ticket tells.
    await eventually(async () => expect(await me(first, ticket)).toMatchObject({ status: 404 }));
    await gateway.close();
    gateway = await w.replica();
    await join(second);
    await admitted(second);
    expect(await join(first)).toMatchObject({ status: 201, body: { state: 'WAITING' } });
  });
});

describe('two replicas', () => {
  test('give the same token for one admission', async () => {
    await w.room(schedule);
    const other = await w.replica();
    const fan = newFan();
    await join(fan);
    const here = await admitted(fan);
    expect((await admitted(fan, other)).body.admissionToken).toBe(here.body.admissionToken);
    await other.close();
  });
});
