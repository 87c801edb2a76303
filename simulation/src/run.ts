import type { checkMessages } from '@stagedoor/testkit/invariants/messages';
import { checkMoney } from '@stagedoor/testkit/invariants/money';
import { brokenInvariants } from '@stagedoor/testkit/invariants/rules';
import { checkSeats } from '@stagedoor/testkit/invariants/seats';
import type { Broken } from './checks/broken.ts';
import { changedRows, rowsOf } from './checks/history.ts';
import { checkPromises } from './checks/promises.ts';
import { checkSeatMaps } from './checks/seat-maps.ts';
import { databaseState, wholeState } from './checks/snapshot.ts';
import { checkAdmissions, checkSlots, roomsAreEmpty } from './checks/waiting-rooms.ts';
import { allConsumed, kindsOf, setBack } from './consumer-groups.ts';
import { fan, type Journal } from './fans.ts';
import { type FaultRates, noFaults } from './faults.ts';
import { boxOffice, deadLetterDesk } from './operators.ts';
import { Scheduler } from './scheduler.ts';
import { HOLD_LIMIT, MAX_EXPIRY_GRACE_MS, TIMES } from './times.ts';
import { drawRates, trouble } from './trouble.ts';
import { buildWorld, type World } from './world.ts';

/** What became of one run. */
export interface RunResult {
  seed: number;
  /** One line for each broken invariant; empty when all held. */
  broken: string[];
  /** Of all that happened: the same for the same seed. */
  hash: number;
  steps: number;
  /** How the reservations ended, so that a run in which nothing happens is not mistaken for a sound one. */
  statuses: Record<string, number>;
  /** Virtual milliseconds from the end of the faults to rest. */
  restMs: number;
  trace: string[];
}

const MAX_REST_MS = 120_000;
const LOOK_MS = 250;
// Of all runs: in the others fans hold at once, so that there are more of them.
const WITH_WAITING_ROOMS = 0.4;
// Of all runs.
const HISTORY_REPLAYED = 0.2;
const RESTART_MS = 7_000;

/** One world, from the opening to rest, as the seed has it. */
export async function run(seed: number, options: { trace: boolean } = { trace: false }): Promise<RunResult> {
  const scheduler = new Scheduler(seed, options.trace);
  const faults: FaultRates = { ...noFaults };
  const broken = new Set<string>();
  const report = (violations: readonly Broken[], when: string) => {
    for (const { invariant, detail } of violations) {
      const line = `${invariant}: ${detail}`;
      if (!broken.has(line)) scheduler.trace('invariants', `BROKEN ${line} (${when})`);
      broken.add(line);
    }
  };
  const limits = { holdLimit: HOLD_LIMIT, sweepMs: TIMES.sweepIntervalMs * 2 + MAX_EXPIRY_GRACE_MS };
  const fans = Array.from({ length: scheduler.between(3, 7) }, (_, n) => `fan-${n + 1}`);
  const replicas = () => (scheduler.chance(0.4) ? 2 : 1);
  const seats = scheduler.between(2, 8);
  const hasRooms = scheduler.chance(WITH_WAITING_ROOMS);
  const shows = scheduler.between(1, 2);
  const world: World = await buildWorld({
    ...{ scheduler, faults, fans, seats, shows },
    replicas: { reservation: replicas(), payment: replicas(), result: replicas(), queue: hasRooms ? replicas() : 0 },
    onCommit(database) {
      if (database === 'queue') return report(checkAdmissions(world), 'after a commit');
      const state = { ...databaseState(world, scheduler.now()), topics: nothingSaid };
      if (database === 'reservation') report([...checkSeats(state, limits), ...checkSeatMaps(world)], 'after a commit');
      report(checkMoney(state), 'after a commit');
    },
    onTold(userId, news) {
      if (news.type !== 'queue.admitted' || world.databases.queue.tables.admissions.has(news.admissionId)) return;
      report(
        [{ invariant: 'admissions', detail: `${userId} is told of ${news.admissionId}, not recorded` }],
        'by a push',
      );
    },
    onMistake: (detail) => report([{ invariant: 'isolation', detail }], 'within a transaction'),
    onInconsistent: (what, detail) =>
      scheduler.trace('reservation', `inconsistent: ${what}`, () => JSON.stringify(detail)),
  });
  drawRates(scheduler, faults);
  for (const replica of world.replicas) replica.start();
  const faultsMs = scheduler.between(4_000, 14_000);
  let selling = true;
  let over = false;
  let resting = false;
  const journal: Journal = { held: new Set(), paid: new Set() };
  const places = new Map<string, string>();
  const givenUp = new Map<string, number>();
  const told = (violations: Broken[]) => report(violations, 'as fans were told');
  let buying = fans.length;
  for (const userId of fans) {
    const rooms = hasRooms
      ? { replicas: world.queues, database: world.databases.queue, places, givenUp, report: told }
      : null;
    const schedules = Array.from({ length: shows }, (_, n) => n + 1);
    void fan(userId, {
      scheduler,
      replicas: world.reservations,
      journal,
      schedules,
      rooms,
      seats,
      selling: () => selling,
    }).then(() => {
      buying--;
    });
  }
  if (scheduler.chance(0.6)) void boxOffice({ world, scheduler, selling: () => selling });
  void deadLetterDesk(world, scheduler, () => resting);
  void trouble(world, scheduler, faults, faultsMs).then(() => {
    selling = false;
    over = true;
  });
  await scheduler.runUntil(() => over || broken.size > 0, MAX_REST_MS);
  const restFromMs = scheduler.nowMs;
  // Nobody begins anything new once the faults are over, but what fans began goes on.
  if (broken.size === 0) await scheduler.runUntil(() => buying === 0 || broken.size > 0, MAX_REST_MS);
  const rest = async (): Promise<void> => {
    const endMs = scheduler.nowMs + MAX_REST_MS;
    while (broken.size === 0 && scheduler.nowMs < endMs && !(await atRest(world, scheduler))) {
      await scheduler.runUntil(() => false, LOOK_MS);
    }
  };
  const checkAll = async (when: string): Promise<void> => {
    if (!(await atRest(world, scheduler)))
      report([{ invariant: 'I8', detail: 'the system does not come to rest' }], when);
    const state = wholeState(world, scheduler.now());
    report(brokenInvariants(state, limits), when);
    report(checkPromises(state, world, journal), when);
    report(await checkSlots(world), when);
  };
  await rest();
  const restMs = scheduler.nowMs - restFromMs;
  if (broken.size === 0) await checkAll('at rest');
  if (broken.size === 0 && scheduler.chance(HISTORY_REPLAYED)) {
    const before = rowsOf(world);
    scheduler.trace('history', 'is read once more by everybody');
    for (const kind of kindsOf(world.replicas)) setBack(world, kind);
    await scheduler.runUntil(() => broken.size > 0, RESTART_MS);
    await rest();
    report(changedRows(before, rowsOf(world)), 'after history was read once more');
    if (broken.size === 0) await checkAll('after history was read once more');
  }
  resting = true;
  const statuses: Record<string, number> = {};
  for (const { status } of world.databases.reservation.tables.reservations.values()) {
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  return {
    ...{ seed, hash: scheduler.hash, steps: scheduler.steps, statuses, restMs, trace: scheduler.lines },
    broken: [...broken],
  };
}

const nothingSaid: Parameters<typeof checkMessages>[0]['topics'] = {
  paymentRequests: [],
  paymentResults: [],
  reservationOutcomes: [],
  refundRequests: [],
  refundResults: [],
  reservationEvents: [],
  deadLettered: new Set(),
};

/** Nothing waits anywhere: not in an outbox, not on a topic, not for a time to come. */
async function atRest(world: World, { requests }: Scheduler): Promise<boolean> {
  if (requests > 0) return false;
  const { broker, databases, replicas } = world;
  if (Object.values(databases).some(({ outbox }) => outbox.rows > 0)) return false;
  for (const { status } of databases.reservation.tables.reservations.values()) {
    if (status === 'TEMPORARY_ASSIGNED' || status === 'PAYMENT_PENDING') return false;
  }
  if ([...databases.result.tables.deadLetters.values()].some(({ status }) => status === 'NEW')) return false;
  if ([...databases.reservation.tables.schedules.values()].some(({ cancellingSince }) => cancellingSince !== null)) {
    return false;
  }
  if ([...databases.queue.tables.admissions.values()].some(({ endedAt }) => endedAt === null)) return false;
  return allConsumed({ broker, replicas }) && (await roomsAreEmpty(world));
}
