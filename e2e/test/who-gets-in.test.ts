import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { eventually } from '@stagedoor/testkit';
import { createConnection } from 'mariadb';
import { request } from 'undici';
import { beforeAll, describe, expect, test } from 'vitest';
import { APPS } from '../../infra/stack/index.mjs';
import { FanSession } from '../src/client/fan-session.ts';
import { openConcert } from '../src/crowd/opening.ts';
import { claimsOf, forgedTokens, signed } from '../src/intruder/forged-tokens.ts';
import { keysOfStack } from '../src/intruder/known-keys.ts';
import { documentedOperations, type Operation } from '../src/intruder/operations.ts';
import { upgrade } from '../src/intruder/upgrade.ts';
import { admitted, newFan, payFor, reaches, refunded } from './steps.ts';
import { useStack } from './use-stack.ts';

const MOST_PER_SECOND = 50;
const debug = { LOG_LEVEL: 'debug' };
const system = useStack({
  env: {
    'queue-gateway': debug,
    'reservation-service': debug,
    'payment-worker': { ...debug, FAN_MAX_REQUESTS_PER_SECOND: String(MOST_PER_SECOND) },
    'result-worker': debug,
  },
});

/** Everything that anyone may call without a token. What is not listed here needs one. */
const PUBLIC = [
  'GET /.well-known/jwks.json',
  'POST /v1/dev/tokens', // with AUTH_MODE=dev only
  'GET /v1/concerts',
  'GET /v1/concerts/{id}',
  'GET /v1/rankings',
  'GET /v1/schedules/{id}/seats',
];
const operations = documentedOperations();
const guarded = operations.filter(({ name }) => !PUBLIC.includes(name));
const ofOperators = guarded.filter(({ path }) => path.startsWith('/v1/admin/'));

/** Secrets that were used here; none may stand in a log. */
const secrets = new Set<string>();
let victim: FanSession;
let stranger: FanSession;
let operator: FanSession;
let scheduleId: number;
let admission: string;
let reservationId: string;
let forged: Record<string, string>;

beforeAll(async () => {
  ({ scheduleId } = await openConcert(system.api, 50, 'Who gets in'));
  [victim, stranger] = [await newFan(system.api, 600_000), await newFan(system.api, 300_000)];
  operator = await FanSession.open(system.api, 'operator', ['admin']);
  for (const { token } of [victim, stranger, operator]) secrets.add(token);
  admission = await admitted(victim, scheduleId);
  secrets.add(admission);
  reservationId = (await payFor(victim, scheduleId, 1, admission)).id;
  await reaches(victim, reservationId, 'CONFIRMED');
  forged = forgedTokens(keysOfStack(system.stack));
  for (const token of Object.values(forged)) if (token.length > 20) secrets.add(token);
}, 120_000);

const concrete = (path: string): string => {
  const id = path.includes('/schedules/') || path.includes('/concerts/') ? String(scheduleId) : reservationId;
  return path.replace('{scheduleId}', String(scheduleId)).replace(/\{\w+\}/, id);
};

async function call(
  { method, path }: Pick<Operation, 'method' | 'path'>,
  headers: Record<string, string> = {},
  body?: object,
) {
  const answer = await request(`${system.stack.urls.edge}${concrete(path)}`, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.body.text();
  return { status: answer.statusCode, code: text.startsWith('{') ? JSON.parse(text).code : undefined };
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('every operation of every OpenAPI document', () => {
  test('is one that is public here, or says that it needs a token', () => {
    expect(operations.length).toBeGreaterThan(25);
    const open = operations.filter(({ needsToken }) => !needsToken).map(({ name }) => name);
    expect(open.sort()).toEqual([...PUBLIC].sort());
    for (const { statuses } of guarded) expect(statuses).toEqual(expect.arrayContaining(['401', '429']));
    for (const { statuses } of ofOperators) expect(statuses).toContain('403');
  });

  test.each(guarded)('$name without a token is 401', async (operation) => {
    expect(await call(operation)).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
    expect(await call(operation, { authorization: 'Basic Zm86YmFy' })).toMatchObject({ status: 401 });
  });

  test.each(guarded)('$name with any forged token is 401', async (operation) => {
    for (const [what, token] of Object.entries(forged)) {
      expect({ what, ...(await call(operation, bearer(token))) }).toEqual({
        what,
        status: 401,
        code: 'UNAUTHENTICATED',
      });
    }
  });

  test.each(ofOperators)("$name with a fan's token is 403", async (operation) => {
    expect(await call(operation, bearer(victim.token))).toEqual({ status: 403, code: 'FORBIDDEN' });
  });

  test('with two tokens goes by the first', async () => {
    const headers = ['authorization', `Bearer ${victim.token}`, 'authorization', `Bearer ${operator.token}`];
    const answer = await request(`${system.stack.urls.edge}/v1/admin/dead-letters`, { headers });
    await answer.body.dump();
    expect([400, 403]).toContain(answer.statusCode);
  });
});

describe("another's", () => {
  const ofReservation = guarded.filter(({ path }) => path.startsWith('/v1/reservations/{id}'));

  test.each(ofReservation)('$name is 404, as is one that never was, and changes nothing', async (operation) => {
    const headers = { ...bearer(stranger.token), 'idempotency-key': 'the key' };
    expect(await call(operation, headers)).toEqual({ status: 404, code: 'NOT_FOUND' });
    expect(await call({ ...operation, path: operation.path.replace('{id}', randomUUID()) }, headers)).toEqual({
      status: 404,
      code: 'NOT_FOUND',
    });
    expect((await victim.reservation(reservationId)).body.status).toBe('CONFIRMED');
  });

  test('lists hold nothing of others', async () => {
    const list = <T>(path: string, token: string) =>
      system.api.call<{ items: T[] }>('list', { method: 'GET', path, token }).then(({ body }) => body.items);
    expect(await list('/v1/reservations', stranger.token)).toEqual([]);
    expect((await list<{ kind: string }>('/v1/wallet/entries', stranger.token)).map(({ kind }) => kind)).toEqual([
      'TOP_UP',
    ]);
    expect((await stranger.wallet()).body).toEqual({ userId: stranger.userId, balance: 300_000 });
  });

  test('an Idempotency-Key on the same path is another key', async () => {
    const key = randomUUID();
    secrets.add(key);
    expect((await victim.topUp(1_000, key)).status).toBe(201);
    expect((await stranger.topUp(2_000, key)).body).toEqual({ userId: stranger.userId, balance: 302_000 });
  });

  test('a wallet is topped up by the role funding alone', async () => {
    const body = { amount: 1, userId: victim.userId, reference: randomUUID() };
    const charge = { method: 'POST' as const, path: '/v1/wallet/charges' };
    for (const { token } of [stranger, operator]) {
      expect(await call(charge, { ...bearer(token), 'idempotency-key': randomUUID() }, body)).toMatchObject({
        status: 403,
      });
    }
  });

  test('an admission, one for another schedule, a fan’s token as one: 403', async () => {
    const hold = { method: 'POST' as const, path: '/v1/reservations' };
    const { admission: key, fan } = keysOfStack(system.stack);
    const claims = { iss: 'stagedoor-queue', aud: 'stagedoor-admission', scheduleId, jti: 'j', sub: victim.userId };
    const exp = Math.floor(Date.now() / 1000) + 600;
    const header = { alg: 'EdDSA', typ: 'admission+jwt', kid: key.kid };
    const attempts: [string, string, string][] = [
      ["another's", stranger.token, admission],
      ["a fan's token", victim.token, victim.token],
      ['of another schedule', victim.token, signed(key.key, header, { ...claims, exp, scheduleId: scheduleId + 1 })],
      [
        'the schedule as text',
        victim.token,
        signed(key.key, header, { ...claims, exp, scheduleId: String(scheduleId) }),
      ],
      ['expired a moment ago', victim.token, signed(key.key, header, { ...claims, exp: exp - 601 })],
      [
        "by the fans' key",
        victim.token,
        signed(fan.key, { ...header, alg: 'RS256', kid: fan.kid }, { ...claims, exp }),
      ],
      ['without its type', victim.token, signed(key.key, { ...header, typ: 'JWT' }, { ...claims, exp })],
      ['no text', victim.token, ''],
    ];
    for (const [what, token, shown] of attempts) {
      if (shown !== '') secrets.add(shown);
      const answer = await call(hold, { ...bearer(token), 'x-admission-token': shown }, { scheduleId, seatNumber: 40 });
      expect({ what, ...answer }).toEqual({ what, status: 403, code: 'ADMISSION_REQUIRED' });
    }
  });
});

describe('the WebSocket', () => {
  test.each(['query', 'subprotocol'] as const)(
    'with any forged token in the %s is 401, before the upgrade',
    async (how) => {
      for (const [what, token] of Object.entries(forged))
        expect([what, await upgrade(system.stack.urls.edge, token, how)]).toEqual([what, 401]);
      expect(await upgrade(system.stack.urls.edge, victim.token, how)).toBe(101);
    },
  );
});

test('tickets that are forged, altered, another’s or of another schedule give nobody a place', async () => {
  const { scheduleId: elsewhere } = await openConcert(system.api, 25, 'Elsewhere');
  const { ticket } = (await victim.join(scheduleId)).body;
  secrets.add(ticket);
  const [version, sequence, mac = ''] = ticket.split('.');
  for (const [fan, id, shown] of [
    [stranger, scheduleId, ticket],
    [victim, elsewhere, ticket],
    [victim, scheduleId, `${version}.${Number(sequence) + 1}.${mac}`],
    [victim, scheduleId, `${version}.${sequence}.${mac.toLowerCase()}`],
    [victim, scheduleId, `${ticket}\n`],
  ] as const) {
    const answer = await fan.join(id, shown);
    expect({ shown, status: answer.status }).toEqual({ shown, status: 400 });
  }
});

test('a fan who calls too often is answered 429 with Retry-After by the service; others are served', async () => {
  const { issuer, fan } = keysOfStack(system.stack);
  const header = { alg: 'RS256', kid: fan.kid };
  const eager = (each: number) => signed(fan.key, header, claimsOf(issuer, 'eager', { roles: [], jti: String(each) }));
  const answers = await Promise.all(
    Array.from({ length: MOST_PER_SECOND * 12 }, (_, each) =>
      system.api.call('wallet', { method: 'GET', path: '/v1/wallet', token: eager(each) }),
    ),
  );
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  for (const { status, retryAfterMs } of refused) {
    expect(status).toBe(429);
    expect(retryAfterMs).toBeGreaterThan(0);
  }
  expect((await stranger.wallet()).status).toBe(200);
});

test('what operators do is kept with who did it', async () => {
  const seats = { from: 48, to: 49 };
  const room = `/v1/admin/waiting-rooms/${scheduleId}`;
  const doAll: [string, 'POST' | 'PUT' | 'PATCH' | 'DELETE', string, object][] = [
    ['block', 'POST', `/v1/admin/schedules/${scheduleId}/seat-blocks`, seats],
    ['unblock', 'DELETE', `/v1/admin/schedules/${scheduleId}/seat-blocks`, seats],
    ['terms', 'PATCH', `/v1/admin/schedules/${scheduleId}`, { cancellableUntil: null }],
    ['cancel', 'POST', `/v1/admin/reservations/${reservationId}/cancellation`, { reason: 'at the box office' }],
    ['room', 'PUT', room, { ratePerSecond: 150 }],
  ];
  for (const [name, method, path, body] of doAll) {
    const { status } = await system.api.call(name, { method, path, token: operator.token, body });
    expect([name, status < 300]).toEqual([name, true]);
  }
  await refunded(victim, reservationId);
  expect(await audited('reservation')).toEqual([
    'seats.block',
    'seats.unblock',
    'schedule.change',
    'reservation.cancel',
  ]);
  expect(await audited('queue')).toEqual(['waiting-room.set']);
});

/** What the operator of this test has done, by the service's own audit log. */
async function audited(database: string): Promise<string[]> {
  const url = new URL(system.stack.admin.mysqlUrl);
  const connection = await createConnection({
    host: url.hostname,
    port: Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
  });
  const kept: { action: string }[] = await connection.query(
    "SELECT action FROM audit_log WHERE actor = 'operator' ORDER BY at",
  );
  await connection.end();
  return kept.map(({ action }) => action);
}

test('no log holds a token, a key, a ticket or a password, though everything is logged and much has failed', async () => {
  const { stack } = system;
  const paymentKey = randomUUID();
  secrets.add(paymentKey);
  const held = await stranger.hold(scheduleId, 2, await admitted(stranger, scheduleId));
  expect((await stranger.pay(held.body.id, paymentKey)).status).toBe(202);
  await reaches(stranger, held.body.id, 'CONFIRMED');
  // Servers that vanish and come back leave errors in every log.
  for (const service of ['redis', 'mariadb'] as const) {
    await stack.stopService(service);
    await call({ method: 'GET', path: '/v1/wallet' }, bearer(victim.token));
    await call({ method: 'POST', path: `/v1/schedules/${scheduleId}/queue` }, bearer(victim.token));
    await stack.startService(service);
  }
  await eventually(async () => expect((await stranger.wallet()).status).toBe(200), 60_000);
  await eventually(async () => expect((await stranger.join(scheduleId)).status).toBeLessThan(300), 60_000);
  // Where a secret does not belong: in a path, in a query, in a body that is not taken.
  for (const path of [
    `/v1/reservations/x?token=${victim.token}`,
    `/v1/schedules/${scheduleId}/queue/me?ticket=1.1.x`,
  ]) {
    await call({ method: 'GET', path }, bearer(victim.token));
  }
  await call(
    { method: 'POST', path: '/v1/wallet/charges' },
    { ...bearer(victim.token), 'idempotency-key': 'k\u00e9y' },
    {},
  );

  const environment = APPS.flatMap(({ name }) => Object.entries(stack.env(name)));
  for (const [name, value] of environment) {
    if (/_URL$/.test(name)) secrets.add(decodeURIComponent(new URL(value).password));
    if (/SECRET|PASSWORD|API_KEY/.test(name)) secrets.add(value);
  }
  const processes = stack.processes().map(({ name }) => name);
  expect(processes).toEqual(expect.arrayContaining(['edge', ...APPS.map(({ name }) => name)]));
  let read = 0;
  for (const name of processes) {
    const log = readFileSync(stack.logFile(name), 'utf8');
    read += log.length;
    for (const secret of secrets) {
      // Whole, or the part that makes it good.
      for (const part of new Set([secret, secret.split('.').at(-1) ?? ''])) {
        if (part.length >= 16) expect({ name, part, found: log.includes(part) }).toEqual({ name, part, found: false });
      }
    }
  }
  expect(secrets.size).toBeGreaterThan(30);
  expect(read).toBeGreaterThan(50_000);
  expect(readFileSync(stack.logFile('queue-gateway'), 'utf8')).toContain('/v1/schedules/:id/queue');
});
