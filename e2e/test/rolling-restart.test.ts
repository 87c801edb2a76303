import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@stagedoor/testkit';
import { loadDatabases } from '@stagedoor/testkit/invariants/load-databases';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aBuyer, buy, openDoors } from '../src/bulk/sell-out.ts';
import { ApiClient } from '../src/client/api-client.ts';
import { FanSession } from '../src/client/fan-session.ts';
import { openConcert } from '../src/crowd/opening.ts';
import { APPS } from '../src/onsale/own-stack.ts';
import { accessOf } from '../src/stack-access.ts';
import { FaithfulListener } from './faithful-listener.ts';
import { useStack } from './use-stack.ts';

const REPLICAS = 2;
const VISITS_PER_SECOND = 8;
const LISTENERS = 40;
/** One in so many visits is a listener's, and each of them may have four seats. */
const LISTENS_EVERY = 4;
const SEATS_EACH = 4;
const SEATS = 2_000;
const GOING_AWAY = 1001;

const system = useStack({ replicas: Object.fromEntries(APPS.map((app) => [app, REPLICAS])) });
/** Every attempt that was not answered, or with a 5xx: a call is tried again, but not before it stands here. */
const failed: string[] = [];
const answered: number[] = [];
let longestMs = 0;
let api: ApiClient;
beforeAll(() => {
  api = new ApiClient(system.stack.urls.edge, {
    connections: 128,
    // nginx ends idle connections when it takes a new configuration. A browser tries again; here nothing is to fail.
    keepAlive: false,
    observe: (operation, status, ms) => {
      answered.push(ms);
      if (status === 0) failed.push(`${operation}: no answer`);
    },
    witness: (operation, _call, { status, body }) => {
      if (status >= 500) failed.push(`${operation}: ${status} ${JSON.stringify(body)}`);
    },
  });
});
afterAll(() => api?.close());

/** Visits that begin at a steady rate, however long those before them take, until told to stop. */
function steadily(perSecond: number, visit: (number: number) => Promise<string>) {
  const over = new AbortController();
  const visits: Promise<string>[] = [];
  const coming = (async () => {
    while (!over.signal.aborted) {
      const next = visit(visits.length);
      next.catch(() => {});
      visits.push(next);
      await sleep(1_000 / perSecond);
    }
  })();
  return async () => {
    over.abort();
    await coming;
    return Promise.all(visits);
  };
}

test('each replica of each service is restarted under load: no request fails, every purchase ends, everyone hears of it', async () => {
  const { scheduleId } = await openConcert(api, SEATS, 'Rolling');
  const boxOffice = await FanSession.open(api, 'box-office', ['admin']);
  await openDoors(api, boxOffice, scheduleId);
  const listeners = await Promise.all(
    Array.from({ length: LISTENERS }, async () => {
      const { fan, admission } = await aBuyer(api, `listener-${randomUUID()}`, scheduleId);
      return new FaithfulListener(system.stack.urls.edge, fan, admission, scheduleId);
    }),
  );
  await eventually(() => listeners.every(({ isConnected }) => isConnected), 60_000);

  // Every visit asks all four: the room and a token, a top-up, seat and payment, and the box office looks at its timeline.
  const stopped = steadily(VISITS_PER_SECOND, async (number) => {
    const { fan, admission } =
      number % LISTENS_EVERY === 0 && number < LISTENERS * SEATS_EACH * LISTENS_EVERY
        ? (listeners[(number / LISTENS_EVERY) % LISTENERS] as FaithfulListener)
        : await aBuyer(api, `visitor-${randomUUID()}`, scheduleId);
    const began = performance.now();
    const id = await buy(fan, scheduleId, number + 1, admission, 'confirmed');
    longestMs = Math.max(longestMs, performance.now() - began);
    const path = `/v1/admin/payments/${id}`;
    expect((await api.call('timeline', { method: 'GET', path, token: boxOffice.token })).status).toBe(200);
    return id;
  });
  const pids = () => new Map(system.stack.processes().map(({ name, pid }) => [name, pid]));
  const before = pids();
  const began = performance.now();
  // As when a new version of everything is rolled out: each app goes on by itself, one replica after the other.
  await Promise.all(
    APPS.map(async (app) => {
      for (let replica = 0; replica < REPLICAS; replica++) await system.stack.restart(app, replica);
    }),
  );
  const restartsMs = Math.round(performance.now() - began);
  const bought = await stopped();

  expect(failed).toEqual([]);
  const apps = [...before].filter(([name]) => APPS.some((app) => name.startsWith(app)));
  expect(apps).toHaveLength(APPS.length * REPLICAS);
  expect(apps.filter(([name, pid]) => pids().get(name) === pid)).toEqual([]);
  const { reservations } = await loadDatabases(accessOf(system.stack).databases);
  const statusOf = new Map(reservations.map(({ id, status }) => [id, status]));
  expect(bought.filter((id) => statusOf.get(id) !== 'CONFIRMED')).toEqual([]);
  await eventually(() => listeners.every((each) => each.hasHeardOf(reservations)), 60_000);
  const closes = listeners.flatMap(({ closeCodes }) => closeCodes);
  expect(closes.filter((code) => code !== GOING_AWAY)).toEqual([]);
  expect(closes.length).toBeGreaterThan(0);
  for (const each of listeners) each.stop();

  answered.sort((a, b) => a - b);
  const percentile = (share: number) => Math.round(answered[Math.floor(answered.length * share)] as number);
  console.log(
    [
      `${APPS.length * REPLICAS} restarts in ${restartsMs} ms, ${VISITS_PER_SECOND} purchases a second:`,
      `  answers            ${answered.length}, none 5xx, no connection lost; p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms`,
      `  purchases          ${bought.length}, all CONFIRMED, the longest ${Math.round(longestMs)} ms after its hold was asked for`,
      `  WebSockets closed  ${closes.length} times, each with ${GOING_AWAY}; all came back and have heard everything`,
    ].join('\n'),
  );
});
