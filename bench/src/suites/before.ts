import { join } from 'node:path';
import { APPS } from '../../../infra/stack/index.mjs';
import { Generator } from '../load/generator.ts';
import { recordOf, type SuiteRecord } from '../measure/record.ts';
import { seedSchedules } from '../seed/bare-concert.ts';
import { seedHolds } from '../seed/held-reservations.ts';
import { startProvider } from '../system/provider.ts';
import { type System, startSystem } from '../system/system.ts';
import { offer } from './measure-call.ts';
import { ACCEPTED, payCall } from './payments.ts';
import { CAPPED_CALLS, type ProviderDay, providerDays } from './payments-http.ts';
import { schedulesFor } from './schedules.ts';
import { type BenchContext, mostArrivals, type Suite } from './suite.ts';

const MAIN = join(import.meta.dirname, '../before/main.ts');
/** More than it can answer: what the reservations have to be enough for. */
const HIGHEST_RATE = 3_000;
/** Requests under way without the cap: what was offered, for as long as the provider takes at most. */
const UNCAPPED_UNDER_WAY = { '200ms': 1_500, peak: 6_000 } as const satisfies Record<ProviderDay, number>;
/** Connections to the database: a few for each core help, more only wait for each other. */
const DATABASE_CONNECTIONS = '30';

/**
 * The old way at its best: as many requests under way as its threads, or (without the cap) as were offered to the new one,
 * each followed by the next. What comes beyond that would only wait, so the answer time is the best there is.
 */
export const before = (day: ProviderDay): Suite => ({
  name: `before-${day}`,
  summary: `the old way: the provider (${providerDays[day].text}) called inside the request; 500 at once, and without the cap`,
  besideSeconds: 70,
  windows: 2,
  async run(context) {
    const capped = Math.ceil(CAPPED_CALLS * context.scale);
    const uncapped = Math.ceil(UNCAPPED_UNDER_WAY[day] * context.scale);
    return {
      [`before-${day}`]: await measureBefore(context, day, { name: `before-${day}`, cap: capped, underWay: capped }),
      [`before-${day}-uncapped`]: await measureBefore(context, day, {
        name: `before-${day}-uncapped`,
        cap: 0,
        underWay: uncapped,
      }),
    };
  },
});

async function measureBefore(
  context: BenchContext,
  day: ProviderDay,
  { name, cap, underWay }: { name: string; cap: number; underWay: number },
): Promise<SuiteRecord> {
  const provider = await startProvider(providerDays[day].latency);
  let system: System | undefined;
  let generator: Generator | undefined;
  try {
    context.progress(`${name}: starting the old system`);
    system = await startSystem(context.keys, {
      tell: context.tell,
      signal: context.signal,
      only: ['reservation-service'],
      apps: APPS.map((app) => (app.name === 'reservation-service' ? { ...app, main: MAIN } : app)),
      env: {
        'reservation-service': {
          PROVIDER_URL: provider.url,
          CONCURRENT_PAYMENTS: String(cap),
          MYSQL_POOL_SIZE: DATABASE_CONNECTIONS,
          // Its own cap, or none, is what is measured.
          HTTP_MAX_IN_FLIGHT: '100000',
        },
      },
    });
    generator = await Generator.start();
    const database = await system.database('reservation');
    const ratePerSecond = HIGHEST_RATE * context.scale;
    const count = mostArrivals(ratePerSecond, context);
    const seats = schedulesFor(count);
    const ids = await seedSchedules(database, seats);
    const held = await seedHolds(
      database,
      count,
      ids.map((id, index) => ({ id, seats: seats[index] as number })),
    );
    const measured = await offer(system, generator, context, {
      ...(await payCall(held, context, { name, ratePerSecond })),
      underWay,
      connections: { initial: Math.min(underWay, 500), most: underWay },
    });
    // Neither Redis nor Kafka is part of the old system.
    for (const look of [measured.before, measured.after]) for (const idle of ['redis', 'kafka']) delete look.cpu[idle];
    const { offeredPerSecond: _, ...record } = recordOf(measured, new Set([ACCEPTED]));
    const broken = await wrongEnds(system);
    const invariants = broken === 0 ? 'ok' : `BROKEN: ${broken} reservations and payments do not fit`;
    // Answered is settled: that is the point of the old way.
    return {
      ...record,
      settledPerSecond: record.perSecond ?? 0,
      invariants,
      valid: record.valid && broken === 0,
      extra: { 'under way': underWay },
    };
  } finally {
    generator?.stop();
    await system?.stop();
    provider.stop();
  }
}

/** Confirmed reservations without their payment, or payments without a confirmed reservation. */
async function wrongEnds(system: System): Promise<number> {
  const database = await system.database('reservation');
  const [row] = (await database.query(
    `SELECT (SELECT COUNT(*) FROM reservations r LEFT JOIN before_payments p ON p.reservation_id = r.id
             WHERE r.status = 'CONFIRMED' AND (p.amount IS NULL OR p.amount <> r.amount))
          + (SELECT COUNT(*) FROM before_payments p JOIN reservations r ON r.id = p.reservation_id
             WHERE r.status <> 'CONFIRMED') AS wrong`,
  )) as { wrong: number }[];
  return Number(row?.wrong);
}
