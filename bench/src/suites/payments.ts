import type { Generator } from '../load/generator.ts';
import type { Column } from '../load/load-job.ts';
import { microsPerOp } from '../measure/cpu.ts';
import { look } from '../measure/measured-load.ts';
import { recordOf, type Settling, type SuiteRecord, withTotal } from '../measure/record.ts';
import { type Settlement, settlements } from '../measure/settlements.ts';
import { columnFile } from '../seed/column-file.ts';
import { type Seeded, seedHolds } from '../seed/held-reservations.ts';
import { allAreDecided, outboxesAreEmpty } from '../seed/settled.ts';
import { publishConcert } from '../system/concert.ts';
import type { System } from '../system/system.ts';
import { type OfferedCall, offer } from './measure-call.ts';
import { schedulesFor } from './schedules.ts';
import { type BenchContext, mostArrivals } from './suite.ts';

export const ACCEPTED = 202;

/** A load of payments. */
export interface Paying {
  name: string;
  ratePerSecond: number;
  lagSeconds?: Settling['lagSeconds'];
  /** Payments may end as EXPIRED: they are no fault. Where it is said, what became of them is counted apart. */
  mayExpire?: boolean;
  /** Payments a second that the provider can charge at most: what a backlog is to drain at. */
  providerPerSecond?: number;
  /** How long all that was accepted may take to be settled. */
  settleForMs?: number;
}

/** One request of each fan's, for the seat that they hold. */
export const payCall = async (
  held: readonly Seeded[],
  context: BenchContext,
  { name, ratePerSecond }: Pick<Paying, 'name' | 'ratePerSecond'>,
): Promise<OfferedCall> => ({
  name,
  request: {
    method: 'POST',
    path: '/v1/reservations/{reservation}/payment',
    headers: { authorization: 'Bearer {fan}', 'idempotency-key': 'pay-{reservation}' },
  },
  columns: {
    fan: await tokensOf(held, context),
    reservation: {
      file: columnFile(
        context.folder,
        `${name}-reservations`,
        held.map(({ id }) => id),
      ),
    },
  },
  ratePerSecond,
  expected: [ACCEPTED],
});

async function tokensOf(held: readonly Seeded[], context: BenchContext): Promise<Column> {
  const from = held[0]?.fan ?? 0;
  return { file: await context.tokens.fans(from + held.length), from };
}

/** Fans who hold a seat each, so that one request of theirs is one payment. */
export async function seedPayers(
  system: System,
  context: BenchContext,
  { name, ratePerSecond }: Pick<Paying, 'name' | 'ratePerSecond'>,
): Promise<Seeded[]> {
  const count = mostArrivals(ratePerSecond, context);
  context.progress(`${name}: publishing, and seeding ${count} holds`);
  const seats = schedulesFor(count);
  const ids = await publishConcert(system, context.keys, seats);
  const schedules = ids.map((id, index) => ({ id, seats: seats[index] as number }));
  const held = await seedHolds(await system.database('reservation'), count, schedules);
  await outboxesAreEmpty(system);
  return held;
}

/** Pays at this rate and measures until CONFIRMED. */
export async function measurePayments(
  system: System,
  generator: Generator,
  context: BenchContext,
  paying: Paying,
): Promise<SuiteRecord> {
  const held = await seedPayers(system, context, paying);
  const call = await payCall(held, context, paying);
  const start = look(system, generator);
  const measured = await offer(system, generator, context, call);
  context.progress(`${paying.name}: waiting until everything is settled`);
  await allAreDecided(system, paying.settleForMs);
  const end = look(system, generator);
  const settled = await settlements(system.access.kafka);
  const { startedAtMs, status } = measured.load;
  const settlementOf = (request: number): Settlement | undefined => settled.get(held[request]?.id ?? '');
  const record = recordOf(measured, new Set([ACCEPTED]), {
    ...(paying.lagSeconds === undefined ? {} : { lagSeconds: paying.lagSeconds }),
    at: (request) => {
      const settlement = settlementOf(request);
      return settlement?.status === 'CONFIRMED' ? settlement.atMs - startedAtMs : Number.NaN;
    },
  });
  const ends = { CONFIRMED: 0, EXPIRED: 0, other: 0 };
  status.forEach((code, request) => {
    if (code !== ACCEPTED) return;
    const end = settlementOf(request)?.status;
    ends[end === 'CONFIRMED' || end === 'EXPIRED' ? end : 'other']++;
  });
  const wrong = ends.other + (paying.mayExpire === true ? 0 : ends.EXPIRED);
  const extra: Record<string, number> =
    paying.mayExpire === undefined
      ? {}
      : { confirmed: ends.CONFIRMED, expired: ends.EXPIRED, 'neither confirmed nor expired': ends.other };
  if (paying.providerPerSecond !== undefined) {
    const perSecond = confirmedPerSecond(settled.values(), startedAtMs + measured.toMs);
    extra["drained afterwards, of the provider's pace"] = perSecond / paying.providerPerSecond;
    // Most of the work is done long after the window: each payment is charged with all of it, as its floor is.
    const accepted = ends.CONFIRMED + ends.EXPIRED + ends.other;
    record.cpuMicrosPerOp = withTotal(microsPerOp(start.cpu, end.cpu, accepted));
  }
  if (wrong === 0) return { ...record, extra };
  const notes = [...(record.notes ?? []), `${wrong} accepted payments were not CONFIRMED`];
  return { ...record, extra, valid: false, notes };
}

/** The rate of confirmations from a moment on until the last one. */
function confirmedPerSecond(settled: Iterable<Settlement>, fromMs: number): number {
  let [confirmed, lastMs] = [0, fromMs];
  for (const { atMs, status } of settled) {
    if (status !== 'CONFIRMED' || atMs <= fromMs) continue;
    confirmed++;
    lastMs = Math.max(lastMs, atMs);
  }
  return confirmed === 0 ? 0 : (confirmed * 1000) / (lastMs - fromMs);
}
