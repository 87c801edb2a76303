import { consumerGroups } from '@stagedoor/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openConcert } from '../src/crowd/opening.ts';
import { runCrowd } from '../src/crowd/run.ts';
import { Tally } from '../src/crowd/tally.ts';
import { untilAtRest } from '../src/history/at-rest.ts';
import { ConsumerGroups } from '../src/history/consumer-groups.ts';
import { differences, dump, sizes } from '../src/history/dump.ts';
import { toldFans } from '../src/history/told-fans.ts';
import { APPS } from '../src/onsale/own-stack.ts';
import { accessOf } from '../src/stack-access.ts';
import { busyDay, busyDayEnv } from './busy-day.ts';
import { expectInvariants, useStack } from './use-stack.ts';

/** A crowd besides: HISTORY_FANS=2000 makes the history a long one. */
const FANS = Number(process.env.HISTORY_FANS ?? 40);
const REST_MS = 120_000 + FANS * 100;

const system = useStack({ env: busyDayEnv });
let groups: ConsumerGroups;
beforeAll(async () => {
  groups = new ConsumerGroups(system.stack.admin.kafkaBrokers);
  await groups.connect();
});
afterAll(() => groups?.disconnect());

test('every group set back to the earliest offset: no state changes, nothing takes effect twice, nobody is told again', async () => {
  const { stack, api } = system;
  const databases = { ...accessOf(stack).databases };
  const { ids } = await busyDay(stack, api);
  await crowd();
  await untilAtRest(groups, databases, REST_MS);
  await expectInvariants(stack);

  for (const app of APPS) await stack.stopApp(app);
  const before = await dump(databases);
  const told = await toldFans(stack.admin.redisUrl);
  const ends = await groups.ends();
  await groups.rewind(Object.values(consumerGroups));
  expect((await groups.lag()).reduce((sum, { messages }) => sum + messages, 0)).toBeGreaterThan(100);
  for (const app of APPS) await stack.startApp(app);
  await untilAtRest(groups, databases, REST_MS);

  const after = await dump(databases);
  expect(differences(before, after)).toEqual([]);
  const rows = sizes(after);
  expect(rows['result.dead_letters']).toBe(3);
  expect(rows['result.dead_letter_actions']).toBe(2);
  for (const table of ['reservation.reservations', 'payment.transfers', 'result.decisions', 'queue.admissions']) {
    expect(rows[table]).toBeGreaterThan(10);
  }
  expect(await toldFans(stack.admin.redisUrl)).toEqual(told);
  expect(Object.keys(told).length).toBeGreaterThan(10);
  // Who is asked again answers again; nobody asks for anything new, and no event is told.
  const grown = new Set(
    [...(await groups.ends())].filter(([place, end]) => end !== ends.get(place)).map(([place]) => place.split('/')[0]),
  );
  expect(grown).toEqual(new Set(['payment-results', 'refund-results', 'reservation-outcomes', 'payment-requests.dlq']));
  await expectInvariants(stack);
  expect(JSON.stringify(after.get('reservation.reservations'))).toContain(ids.expired);
}, 600_000);

/** Confirmed, failed, let go, lapsed and cancelled, as it comes. */
async function crowd(): Promise<void> {
  const { scheduleId } = await openConcert(system.api, Math.ceil(FANS / 2), 'History');
  const over = new AbortController();
  await runCrowd({
    api: system.api,
    baseUrl: system.stack.urls.edge,
    scheduleId,
    fans: FANS,
    arrivalMs: 3_000,
    limitMs: 8_000 + FANS * 50,
    holdTtlMs: 4_000,
    seed: 4,
    tally: new Tally(),
    signal: over.signal,
    progress: () => {},
  });
}
