import { setTimeout as sleep } from 'node:timers/promises';
import { topics } from '@stagedoor/contracts';
import { compareBooks, eventually, providerStandIn } from '@stagedoor/testkit';
import { loadDatabases } from '@stagedoor/testkit/invariants/load-databases';
import { afterAll, expect, test } from 'vitest';
import { openConcert } from '../src/crowd/opening.ts';
import { ConsumerGroups } from '../src/history/consumer-groups.ts';
import { accessOf } from '../src/stack-access.ts';
import { heldSeats, payAll, payingFans } from './paying-fans.ts';
import { useStack } from './use-stack.ts';

const GROUP = 'payment-request-consumer-group';
/** So that it is the provider that a replica waits for, and not the cores, which replicas share here. */
const CALL_MS = 300;
const CALLS_PER_REPLICA = 5;
const MOST_REPLICAS = 3;
/**
 * Messages of one partition in hand. What a replica has in hand it goes on with after the partition has moved: little more
 * than it can call for, so that a move is over soon.
 */
const IN_HAND = 3;
/** Three replicas settle 50 a second at most: enough for all windows and what lies between them. */
const BACKLOG = 800;
const PAYING_PER_SECOND = 4;
const MOST_COMERS = 2_000;
const WINDOW_MS = 4_000;

const provider = await providerStandIn({ faults: { latency: { kind: 'uniform', fromMs: CALL_MS, toMs: CALL_MS } } });
// Registered first, so run last: what the invariants wait for may still need the provider.
afterAll(() => provider.close());
const system = useStack({
  env: {
    'queue-gateway': { ADMISSION_RATE_PER_SECOND: '2000', MAX_INSIDE: '100000' },
    'payment-worker': {
      PAYMENT_PROVIDER: 'http',
      PROVIDER_URL: provider.url,
      PROVIDER_MAX_CALLS: String(CALLS_PER_REPLICA),
      PROVIDER_MAX_QUEUED_CALLS: String(CALLS_PER_REPLICA),
      CONSUMER_MAX_IN_FLIGHT: String(IN_HAND),
    },
  },
});

const read = () => loadDatabases(accessOf(system.stack).databases);
const settled = async () => (await read()).payments.filter(({ state }) => state === 'SETTLED').length;

/** Which partitions of payment-requests each member has, once so many members have them all between them. */
function shared(groups: ConsumerGroups, members: number): Promise<number[][]> {
  return eventually(async () => {
    const assignment = await groups.partitionsOf(GROUP, topics.paymentRequests.name);
    const all = [...Array(topics.paymentRequests.partitions).keys()];
    expect(assignment.flat().sort((a, b) => a - b)).toEqual(all);
    expect(assignment.filter((partitions) => partitions.length > 0)).toHaveLength(members);
    return assignment;
  }, 60_000);
}

/** Payments settled per second over a window, with payments waiting all the while. */
async function settledPerSecond(): Promise<number> {
  const [before, began] = [await settled(), performance.now()];
  await sleep(WINDOW_MS);
  const [after, ended] = [await settled(), performance.now()];
  expect((await read()).reservations.some(({ status }) => status === 'PAYMENT_PENDING')).toBe(true);
  return ((after - before) * 1_000) / (ended - began);
}

test('payment-worker 1 → 3 → 1 under load: partitions move, throughput follows, nothing is charged twice', async () => {
  const groups = new ConsumerGroups(system.stack.admin.kafkaBrokers);
  await groups.connect();
  const lines: string[] = [];
  async function measure(replicas: number): Promise<number> {
    const began = performance.now();
    const assignment = await shared(groups, replicas);
    // Whoever had it before settles what was in hand; only what comes then is shared.
    const since = await settled();
    await eventually(async () => (await settled()) >= since + IN_HAND * topics.paymentRequests.partitions, 60_000);
    const movedMs = Math.round(performance.now() - began);
    const rate = await settledPerSecond();
    const sizes = assignment.map(({ length }) => length).join(' + ');
    lines.push(
      `  ${replicas} replica(s)  ${rate.toFixed(1)} settled/s, partitions ${sizes}, moved within ${movedMs} ms`,
    );
    return rate;
  }
  try {
    const { scheduleId } = await openConcert(system.api, BACKLOG + MOST_COMERS, 'Scaling');
    const held = await heldSeats(system.api, scheduleId, BACKLOG);
    const stopped = payingFans(system.api, scheduleId, {
      from: BACKLOG + 1,
      most: MOST_COMERS,
      perSecond: PAYING_PER_SECOND,
    });
    await payAll(held);

    const one = await measure(1);
    await Promise.all(Array.from({ length: MOST_REPLICAS - 1 }, () => system.stack.addReplica('payment-worker')));
    const three = await measure(MOST_REPLICAS);
    await Promise.all([1, 2].map((replica) => system.stack.stopApp('payment-worker', replica)));
    const again = await measure(1);

    provider.change({ latency: { kind: 'uniform', fromMs: 0, toMs: 0 } });
    const paid = [...held.map(({ id }) => id), ...(await stopped())];
    const state = await eventually(async () => {
      const now = await read();
      const confirmed = new Set(now.reservations.filter((each) => each.status === 'CONFIRMED').map(({ id }) => id));
      expect(paid.filter((id) => !confirmed.has(id))).toEqual([]);
      return now;
    }, 60_000);
    const book = provider.book();
    expect(compareBooks(book, state)).toEqual([]);
    expect(book.charges).toHaveLength(paid.length);
    console.log(
      [
        `${paid.length} payments, a replica has ${CALLS_PER_REPLICA} calls of ${CALL_MS} ms under way at once:`,
        ...lines,
        `  all ${paid.length} CONFIRMED, none charged twice; ${book.charges.filter(({ asked }) => asked > 1).length} asked for again after a move`,
      ].join('\n'),
    );
    expect(three / one).toBeGreaterThan(2.2);
    expect(three / again).toBeGreaterThan(2.2);
    expect(again / one).toBeGreaterThan(0.7);
  } finally {
    await groups.disconnect();
  }
});
