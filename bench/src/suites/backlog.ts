import { setTimeout as sleep } from 'node:timers/promises';
import { cpuTimes, microsPerOp, residentBytes } from '../measure/cpu.ts';
import { type DrainSample, drained } from '../measure/drain.ts';
import { type SuiteRecord, withTotal } from '../measure/record.ts';
import { addOldReservations, removeOldReservations } from '../seed/old-reservations.ts';
import { seedPendingPayments } from '../seed/pending-payments.ts';
import { outboxesAreEmpty } from '../seed/settled.ts';
import { PLENTY, seedWallets } from '../seed/wallets.ts';
import { publishConcert } from '../system/concert.ts';
import type { System } from '../system/system.ts';
import { schedulesFor } from './schedules.ts';
import type { BenchContext, Suite } from './suite.ts';
import { withSystem } from './with-system.ts';

const WAITING = 500_000;
const LOOK_EVERY_MS = 1_000;
const MEGABYTE = 1_000_000;
/** Without progress for so long it is stuck. */
const STUCK_MS = 60_000;

/** Payment requests that wait while nobody takes them, then are drained; with old reservations in the tables, or without. */
export const backlog = (oldReservations: number): Suite => {
  const name = oldReservations === 0 ? 'backlog' : `backlog-${oldReservations / 1_000_000}m-old`;
  return {
    name,
    summary: `${WAITING} payment requests waiting, drained${oldReservations === 0 ? '' : `, with ${oldReservations} old reservations in the table`}`,
    besideSeconds: 360 + oldReservations / 40_000,
    windows: 0,
    async run(context) {
      const count = Math.ceil(WAITING * context.scale);
      const record = await withSystem(context, { floor: { post: null } }, async (system) => {
        const database = await system.database('reservation');
        const old = Math.ceil(oldReservations * context.scale);
        if (old > 0) {
          await system.stack.stopApp('reservation-service');
          await addOldReservations(database, old, (done) => context.progress(`${name}: ${done}`));
          await system.stack.startApp('reservation-service');
        }
        await system.stack.stopApp('payment-worker');
        await system.stack.stopApp('result-worker');
        await fill(system, context, count);
        const record = await drain(system, context, name, count);
        if (old > 0) {
          await system.stack.stopApp('reservation-service');
          await removeOldReservations(database);
          await system.stack.startApp('reservation-service');
        }
        return record;
      });
      return { [name]: record };
    },
  };
};

async function fill(system: System, context: BenchContext, count: number): Promise<void> {
  const seats = schedulesFor(count);
  const ids = await publishConcert(system, context.keys, seats);
  await seedWallets(await system.database('payment'), count, PLENTY);
  const schedules = ids.map((id, index) => ({ id, seats: seats[index] as number }));
  await seedPendingPayments(system, count, schedules, (done) =>
    context.progress(`backlog: ${done} of ${count} requests are waiting`),
  );
}

async function drain(system: System, context: BenchContext, name: string, count: number): Promise<SuiteRecord> {
  const database = await system.database('reservation');
  const sold = async () => {
    const [row] = (await database.query('SELECT COALESCE(SUM(sold), 0) AS n FROM seat_maps')) as { n: unknown }[];
    return Number(row?.n);
  };
  const soldBefore = await sold();
  const settledSoFar = async () => (await sold()) - soldBefore;
  await system.work.begin();
  const before = cpuTimes(system.stack.processes());
  const startedAt = performance.now();
  await Promise.all([system.stack.startApp('result-worker'), system.stack.startApp('payment-worker')]);
  const samples: DrainSample[] = [];
  let movedAt = startedAt;
  for (;;) {
    const settled = await settledSoFar();
    const now = performance.now();
    if (settled > (samples.at(-1)?.settled ?? 0)) movedAt = now;
    samples.push({ second: (now - startedAt) / 1000, settled, megabytes: appMegabytes(system) });
    context.progress(`${name}: ${settled} of ${count} settled`);
    if (settled >= count) break;
    if (now - movedAt > STUCK_MS)
      throw new Error(`nothing was settled for ${STUCK_MS / 1000} s, ${settled} of ${count} are`);
    await sleep(LOOK_EVERY_MS);
  }
  const cpu = microsPerOp(before, cpuTimes(system.stack.processes()), count);
  await outboxesAreEmpty(system);
  await system.work.end(count);
  const { notes, ...of } = drained(samples);
  return {
    settledPerSecond: of.perSecond,
    cpuMicrosPerOp: withTotal(cpu),
    // All are CONFIRMED: nothing else counts as sold, and the loop ends with the last of them.
    valid: notes.length === 0,
    notes,
    drain: samples,
    extra: {
      settled: samples.at(-1)?.settled ?? 0,
      'per second at the start': of.startPerSecond,
      'per second at the end': of.endPerSecond,
      'end / start': of.endPerSecond / of.startPerSecond,
      'apps MB at the start': of.startMegabytes,
      'apps MB at the end': of.endMegabytes,
      'memory, end / start': of.endMegabytes / of.startMegabytes,
    },
  };
}

const appMegabytes = (system: System): number =>
  system.stack
    .processes()
    .filter(({ name }) => /-(service|worker|gateway)$/.test(name))
    .reduce((sum, { pid }) => sum + residentBytes(pid) / MEGABYTE, 0);
