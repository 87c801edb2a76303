import { setTimeout as sleep } from 'node:timers/promises';
import type { Generator } from '../load/generator.ts';
import { recordOf, type SuiteRecord } from '../measure/record.ts';
import { settlements } from '../measure/settlements.ts';
import { columnFile } from '../seed/column-file.ts';
import { type Seeded, seedHolds } from '../seed/held-reservations.ts';
import { outboxesAreEmpty } from '../seed/settled.ts';
import { seedWallets } from '../seed/wallets.ts';
import { publishConcert, SEAT_PRICE } from '../system/concert.ts';
import type { System } from '../system/system.ts';
import { offer } from './measure-call.ts';
import { schedulesFor } from './schedules.ts';
import { type BenchContext, mostArrivals, type Suite } from './suite.ts';
import { withSystem } from './with-system.ts';

const ACCEPTED = new Set([202]);
const SETTLE_PATIENCE_MS = 180_000;

/** Fans who hold a seat each and have the money for it, so that one request of theirs is one payment. */
async function seedPayers(system: System, context: BenchContext, count: number): Promise<Seeded[]> {
  context.progress(`publishing, and seeding ${count} holds and wallets`);
  const seats = schedulesFor(count);
  const ids = await publishConcert(system, context.keys, seats);
  const schedules = ids.map((id, index) => ({ id, seats: seats[index] as number }));
  await seedWallets(await system.database('payment'), count, SEAT_PRICE);
  const held = await seedHolds(await system.database('reservation'), count, schedules);
  await outboxesAreEmpty(system);
  return held;
}

/** Waits until nothing is pending any more. */
async function allAreSettled(system: System): Promise<void> {
  const database = await system.database('reservation');
  const until = Date.now() + SETTLE_PATIENCE_MS;
  const pending = async () =>
    ((await database.query("SELECT 1 FROM reservations WHERE status = 'PAYMENT_PENDING' LIMIT 1")) as unknown[]).length;
  while ((await pending()) > 0) {
    if (Date.now() > until) throw new Error(`payments are still pending after ${SETTLE_PATIENCE_MS / 1000} s`);
    await sleep(200);
  }
}

/** Pays at this rate and measures until CONFIRMED. */
export async function measurePayments(
  system: System,
  generator: Generator,
  context: BenchContext,
  { name, ratePerSecond }: { name: string; ratePerSecond: number },
): Promise<SuiteRecord> {
  const held = await seedPayers(system, context, mostArrivals(ratePerSecond, context));
  const measured = await offer(system, generator, context, {
    name,
    request: {
      method: 'POST',
      path: '/v1/reservations/{reservation}/payment',
      headers: { authorization: 'Bearer {fan}', 'idempotency-key': 'pay-{reservation}' },
    },
    columns: {
      fan: { file: await context.tokens.fans(held.length) },
      reservation: {
        file: columnFile(
          context.folder,
          `${name}-reservations`,
          held.map(({ id }) => id),
        ),
      },
    },
    ratePerSecond,
    expected: [...ACCEPTED],
  });
  context.progress(`${name}: waiting until everything is settled`);
  await allAreSettled(system);
  const settled = await settlements(system.access.kafka);
  const { startedAtMs, status } = measured.load;
  const record = recordOf(measured, ACCEPTED, (request) => {
    const settlement = settled.get(held[request]?.id ?? '');
    return settlement?.status === 'CONFIRMED' ? settlement.atMs - startedAtMs : Number.NaN;
  });
  const unconfirmed = status.reduce(
    (sum, code, request) =>
      sum + Number(ACCEPTED.has(code) && settled.get(held[request]?.id ?? '')?.status !== 'CONFIRMED'),
    0,
  );
  if (unconfirmed === 0) return record;
  return {
    ...record,
    valid: false,
    notes: [...(record.notes ?? []), `${unconfirmed} accepted payments were not CONFIRMED`],
  };
}

/** Seats already held; pay → accepted → settled, from the wallet, at an offered rate. */
export const payWallet = (rate: number): Suite => ({
  name: `payments-wallet-${rate}`,
  summary: `pay → accepted → CONFIRMED, ${rate}/s offered, from wallets`,
  besideSeconds: 45,
  async run(context) {
    const name = `payments-wallet-${rate}`;
    const ratePerSecond = rate * context.scale;
    const record = await withSystem(context, {}, (system, generator) =>
      measurePayments(system, generator, context, { name, ratePerSecond }),
    );
    return { [name]: record };
  },
});
