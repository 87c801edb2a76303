import { deadLetterHeaderNames as names, type RawMessage } from '@stagedoor/contracts';
import { uuidv7Ids } from '@stagedoor/platform';
import { aPaymentRequest } from '@stagedoor/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { takeRequests } from '../../src/application/decide-batch.ts';
import { anOrder, NOW } from '../builders.ts';
import { silentMetrics } from '../silent-metrics.ts';
import { adminApp } from './admin-app.ts';

let app: Awaited<ReturnType<typeof adminApp>>;
let nextOffset = 0;

const PATH = '/v1/admin/dead-letters';

/** A record as a group dead-letters it. */
const aRecord = (value: Buffer | string | null, given: Record<string, string> = {}): RawMessage => ({
  topic: 'payment-requests.dlq',
  partition: 0,
  offset: '0',
  key: Buffer.from('fan-1'),
  value: typeof value === 'string' ? Buffer.from(value) : value,
  headers: {
    [names.topic]: 'payment-requests',
    [names.partition]: '3',
    [names.offset]: String(nextOffset++),
    [names.group]: 'payment-request-consumer-group',
    [names.errorCode]: 'MALFORMED_JSON',
    [names.errorMessage]: 'unexpected end',
    [names.attempts]: '1',
    [names.failedAt]: NOW.toISOString(),
    'event-id': 'e1',
    ...given,
  },
  timestamp: NOW,
});

/** Stores it and answers its id. */
async function stored(...record: Parameters<typeof aRecord>): Promise<string> {
  await app.deadLetters.store(aRecord(...record));
  return (await app.get(`${PATH}?limit=1`)).body.items[0].id;
}

beforeAll(async () => {
  app = await adminApp();
});
afterAll(() => app.close());
beforeEach(async () => {
  for (const table of ['dead_letters', 'dead_letter_actions', 'decisions', 'outbox']) {
    await app.database.pool.query(`DELETE FROM ${table}`);
  }
});

describe('looking at dead letters', () => {
  test('shows one in the shape of the design', async () => {
    const id = await stored('{');
    const shown = {
      id,
      topic: 'payment-requests',
      partition: 3,
      offset: expect.stringMatching(/^\d+$/),
      group: 'payment-request-consumer-group',
      key: 'fan-1',
      value: '{',
      valueEncoding: 'utf8',
      valueBytes: 1,
      headers: { 'event-id': 'e1' },
      error: { code: 'MALFORMED_JSON', message: 'unexpected end' },
      attempts: 1,
      replayCount: 0,
      status: 'NEW',
      failedAt: NOW.toISOString(),
    };
    expect((await app.get(PATH)).body).toEqual({ items: [shown], nextCursor: null });
    expect(await app.get(`${PATH}/${id}`)).toEqual({ status: 200, body: { ...shown, actions: [] } });
  });

  test('shows bytes that are no text in hexadecimal, and a missing value as null', async () => {
    const binary = await stored(Buffer.from([0, 255]));
    expect((await app.get(`${PATH}/${binary}`)).body).toMatchObject({ value: '00ff', valueEncoding: 'hex' });
    const empty = await stored(null);
    expect((await app.get(`${PATH}/${empty}`)).body).toMatchObject({ value: null, valueBytes: 0 });
  });

  test('cuts long values in the list only', async () => {
    const id = await stored('x'.repeat(500_000));
    const [listed] = (await app.get(PATH)).body.items;
    expect([listed.value.length, listed.valueBytes]).toEqual([16_384, 500_000]);
    expect((await app.get(`${PATH}/${id}`)).body.value).toHaveLength(500_000);
  });

  test('pages newest first, and filters by topic and status', async () => {
    for (let index = 0; index < 5; index++) await app.deadLetters.store(aRecord(`${index}`));
    await app.deadLetters.store(aRecord('other', { [names.topic]: 'refund-requests' }));
    const values: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { items: { value: string }[]; nextCursor: string | null } = (
        await app.get(`${PATH}?topic=payment-requests&limit=2${cursor && `&cursor=${cursor}`}`)
      ).body;
      values.push(...page.items.map(({ value }) => value));
      cursor = page.nextCursor;
    }
    expect(values).toEqual(['4', '3', '2', '1', '0']);
    const [newest] = (await app.get(PATH)).body.items;
    await app.post(`${PATH}/${newest.id}/discard`, { reason: 'a test' });
    expect((await app.get(`${PATH}?status=DISCARDED`)).body.items).toHaveLength(1);
    expect((await app.get(`${PATH}?status=NEW&topic=refund-requests`)).body.items).toEqual([]);
  });

  test('filters by error and by when it failed', async () => {
    const failedAt = (hour: string) => ({ [names.failedAt]: `2026-11-22T${hour}:00:00.000Z` });
    await stored('early', failedAt('08'));
    await stored('late', { ...failedAt('12'), [names.errorCode]: 'REFUND_FAILED' });
    const values = async (query: string) =>
      (await app.get(`${PATH}?${query}`)).body.items.map(({ value }: { value: string }) => value);
    expect(await values('errorCode=REFUND_FAILED')).toEqual(['late']);
    expect(await values('since=2026-11-22T12:00:00Z')).toEqual(['late']);
    expect(await values('until=2026-11-22T12:00:00Z')).toEqual(['early']);
    expect(await values('since=2026-11-22T10:00:00%2B02:00&until=2026-11-22T12:00:01Z')).toEqual(['late', 'early']);
  });

  test('the same record again is no second one', async () => {
    const record = aRecord('{');
    await Promise.all([app.deadLetters.store(record), app.deadLetters.store(record), app.deadLetters.store(record)]);
    expect((await app.get(PATH)).body.items).toHaveLength(1);
  });

  test.each(['?limit=0', '?limit=101', '?status=OLD', '?cursor=x', '?cursor=WzFd', '?since=yesterday', '/%C3%BC'])(
    'refuses %s',
    async (query) => {
      expect(await app.get(PATH + query)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    },
  );
});

describe('replaying', () => {
  const request = aPaymentRequest({ reservationId: 'r1' });

  test('sends it back once, audited', async () => {
    const id = await stored(JSON.stringify(request), { [names.replayCount]: '1' });
    expect(await app.post(`${PATH}/${id}/replay`, { reason: 'fixed the provider' })).toEqual({
      status: 202,
      body: { id, status: 'REPLAYED' },
    });
    expect(await app.outbox()).toEqual([
      {
        topic: 'payment-requests',
        key: 'fan-1',
        value: JSON.stringify(request),
        headers: { 'event-id': 'e1', 'replay-count': '2' },
      },
    ]);
    expect((await app.get(`${PATH}/${id}`)).body).toMatchObject({
      status: 'REPLAYED',
      actions: [{ action: 'REPLAYED', actor: 'boss', reason: 'fixed the provider', value: null }],
    });
    expect(await app.post(`${PATH}/${id}/replay`, { reason: 'again' })).toMatchObject({
      status: 409,
      body: { code: 'ALREADY_RESOLVED' },
    });
    expect(await app.outbox()).toHaveLength(1);
  });

  test('twenty at once send it once', async () => {
    const id = await stored(JSON.stringify(request));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => app.post(`${PATH}/${id}/replay`, { reason: 'hurry' })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, ...Array(19).fill(409)]);
    expect(await app.outbox()).toHaveLength(1);
  });

  test('sends a repaired value, and keeps which', async () => {
    const id = await stored('{');
    const value = JSON.stringify(request);
    expect((await app.post(`${PATH}/${id}/replay`, { reason: 'repaired', value })).status).toBe(202);
    expect((await app.outbox())[0]?.value).toBe(value);
    expect((await app.get(`${PATH}/${id}`)).body).toMatchObject({ value: '{', actions: [{ value }] });
  });

  test('refuses what would only come back, and the fourth replay', async () => {
    const broken = await stored('{');
    expect(await app.post(`${PATH}/${broken}/replay`, { reason: 'hope' })).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', detail: expect.stringContaining('MALFORMED_JSON') },
    });
    const worn = await stored(JSON.stringify(request), { [names.replayCount]: '3' });
    expect(await app.post(`${PATH}/${worn}/replay`, { reason: 'hope' })).toMatchObject({
      status: 409,
      body: { code: 'REPLAY_LIMIT_REACHED' },
    });
    expect(await app.outbox()).toEqual([]);
  });

  test('a dry run says what would happen, and nothing does', async () => {
    const id = await stored('{');
    const dryRun = (body: object) => app.post(`${PATH}/${id}/replay`, { reason: 'a look', dryRun: true, ...body });
    expect(await dryRun({})).toEqual({
      status: 200,
      body: {
        id,
        wouldReplay: false,
        code: 'VALIDATION_FAILED',
        detail: expect.stringContaining('MALFORMED_JSON'),
        message: null,
        partition: null,
        payment: null,
        forecast: null,
      },
    });
    const value = JSON.stringify(request);
    expect((await dryRun({ value })).body).toEqual({
      id,
      wouldReplay: true,
      code: null,
      detail: null,
      message: {
        topic: 'payment-requests',
        key: 'fan-1',
        value,
        headers: { 'event-id': 'e1', 'replay-count': '1' },
      },
      partition: 3,
      payment: { reservationId: 'r1', status: 'UNKNOWN', deadline: null, decidedKey: null },
      forecast: expect.stringMatching(/^It is charged once/),
    });
    expect(await app.outbox()).toEqual([]);
    expect((await app.get(`${PATH}/${id}`)).body).toMatchObject({ status: 'NEW', actions: [] });
    await app.post(`${PATH}/${id}/discard`, { reason: 'a test' });
    expect((await dryRun({ value })).body).toMatchObject({ wouldReplay: false, code: 'ALREADY_RESOLVED' });
  });

  test('a dry run says which state the payment is in', async () => {
    const id = await stored(JSON.stringify(request));
    await app.unitOfWork.run((tx) =>
      takeRequests([anOrder('r1')], tx, {
        clock: { now: () => NOW, sleep: async () => {} },
        ids: uuidv7Ids,
        metrics: silentMetrics,
      }),
    );
    expect((await app.post(`${PATH}/${id}/replay`, { reason: 'a look', dryRun: true })).body.payment).toEqual({
      reservationId: 'r1',
      status: 'PENDING',
      deadline: anOrder('r1').deadline.toISOString(),
      decidedKey: null,
    });
  });

  test('takes a repaired value in hexadecimal, and none that is not', async () => {
    const id = await stored(Buffer.from([0xff]));
    const value = Buffer.from(JSON.stringify(request)).toString('hex');
    const repaired = (hex: string) =>
      app.post(`${PATH}/${id}/replay`, { reason: 'repaired', value: hex, valueEncoding: 'hex' });
    for (const broken of ['7', '7g', 'ff']) {
      expect(await repaired(broken)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    }
    expect((await repaired(value)).status).toBe(202);
    expect((await app.outbox())[0]?.value).toBe(JSON.stringify(request));
    expect((await app.get(`${PATH}/${id}`)).body.actions).toMatchObject([{ value: JSON.stringify(request) }]);
  });

  test.each([[{}], [{ reason: ' ' }], [{ reason: 'x'.repeat(501) }], [{ reason: 'r', value: 5 }]])(
    'needs a reason: %j',
    async (body) => {
      const id = await stored('{');
      expect(await app.post(`${PATH}/${id}/replay`, body)).toMatchObject({ status: 400 });
    },
  );
});

test('discarding puts it away once', async () => {
  const id = await stored('{');
  expect(await app.post(`${PATH}/${id}/discard`, { reason: 'a test' })).toEqual({
    status: 202,
    body: { id, status: 'DISCARDED' },
  });
  expect(await app.post(`${PATH}/${id}/discard`, { reason: 'again' })).toMatchObject({ status: 409 });
  expect(await app.post(`${PATH}/${id}/replay`, { reason: 'again' })).toMatchObject({ status: 409 });
  expect((await app.get(`${PATH}/${id}`)).body.actions).toMatchObject([{ action: 'DISCARDED', actor: 'boss' }]);
});

test('the audit says who did what, and why, newest first', async () => {
  const first = await stored('{');
  const second = await stored('{');
  const other = { authorization: app.keys.authorization('colleague', ['admin']) };
  await app.post(`${PATH}/${first}/discard`, { reason: 'a test' });
  await app.post(`${PATH}/${second}/discard`, { reason: 'another' }, other);
  const { body } = await app.get(`${PATH}/actions?limit=1`);
  expect(body.items).toMatchObject([
    { deadLetterId: second, action: 'DISCARDED', actor: 'colleague', reason: 'another', value: null },
  ]);
  expect((await app.get(`${PATH}/actions?cursor=${body.nextCursor}`)).body).toMatchObject({
    items: [{ deadLetterId: first, actor: 'boss', reason: 'a test', at: expect.any(String) }],
    nextCursor: null,
  });
  expect((await app.get(`${PATH}/actions?actor=boss`)).body.items).toHaveLength(1);
});

describe('who may', () => {
  const calls: [name: string, call: (headers: Record<string, string>) => Promise<{ status: number }>][] = [
    ['list', (headers) => app.get(PATH, headers)],
    ['audit', (headers) => app.get(`${PATH}/actions`, headers)],
    ['show', (headers) => app.get(`${PATH}/x`, headers)],
    ['replay', (headers) => app.post(`${PATH}/x/replay`, { reason: 'r' }, headers)],
    ['discard', (headers) => app.post(`${PATH}/x/discard`, { reason: 'r' }, headers)],
    ['timeline', (headers) => app.get('/v1/admin/payments/x', headers)],
  ];

  test.each(calls)('%s: nobody without a token, no fan, an admin', async (name, call) => {
    expect((await call({})).status).toBe(401);
    expect((await call({ authorization: app.keys.authorization('fan-1') })).status).toBe(403);
    const admin = { authorization: app.keys.authorization('boss', ['admin']) };
    expect((await call(admin)).status).toBe(name === 'list' || name === 'audit' ? 200 : 404);
  });
});
