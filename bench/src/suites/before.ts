import { join } from 'node:path';
import { APPS } from '../../../infra/stack/index.mjs';
import { Generator } from '../load/generator.ts';
import { recordOf, type SuiteRecord } from '../measure/record.ts';
import { seedSchedules } from '../seed/bare-concert.ts';
import { type Seeded, seedHolds } from '../seed/held-reservations.ts';
import { startProvider } from '../system/provider.ts';
import { type System, startSystem } from '../system/system.ts';
import { offer } from './measure-call.ts';
import { ACCEPTED, payCall } from './payments.ts';
import { CAPPED_CALLS, type ProviderDay, providerDays } from './payments-http.ts';
import { schedulesFor } from './schedules.ts';
import { type BenchContext, mostArrivals, type Suite } from './suite.ts';

const MAIN = join(import.meta.dirname, '../before/main.ts');
/** What the reservations of the closed loop have to be enough for: more than any of these machines answers, or than the provider does. */
const HIGHEST_RATE = 5_000;
const SPREAD = 1.5;
/**
 * Requests under way in the closed loop without the cap: what keeps two cores busy while the provider takes its time. More of
 * them wait so long for a connection to the database that they are refused, and count for nothing.
 */
const UNCAPPED_UNDER_WAY = { '200ms': 1_000, peak: 4_000 } as const satisfies Record<ProviderDay, number>;
const CLOSED_LOOP = { warmUpMs: 5_000, measureMs: 10_000 };
/** Of what the closed loop came to: at all of it the waiting line of an open loop would grow without end. */
const OFFERED_SHARE = 0.95;
const CONNECTIONS = { initial: 500, most: 8_000 };
/** As many as the new services have for a payment: 10 each of reservation-service, payment-worker and result-worker. */
const DATABASE_CONNECTIONS = 30;

/**
 * The old way, measured like the new one. A short closed loop finds what it can take, with as many requests under way as it
 * has threads, or without that cap; then the same rate is offered to it as to the new one, or 0.95 of what it can take if
 * that is less, open loop, with latencies from the intended start. So nothing is held against it that waits in front.
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
    system = await startOldSystem(context, provider.url, cap);
    generator = await Generator.start();
    const short = {
      ...context,
      warmUpMs: Math.min(context.warmUpMs, CLOSED_LOOP.warmUpMs),
      measureMs: Math.min(context.measureMs, CLOSED_LOOP.measureMs),
    };
    const highest = Math.min(HIGHEST_RATE, (SPREAD * underWay * 1000) / providerDays[day].meanMs);
    const first = await seedPayers(system, mostArrivals(highest, short), 0);
    const closed = recordOf(
      await offer(system, generator, short, {
        ...(await payCall(first, context, { name: `${name}, closed loop`, ratePerSecond: highest })),
        underWay,
        connections: { initial: Math.min(underWay, CONNECTIONS.initial), most: underWay },
      }),
      new Set([ACCEPTED]),
    );
    const capacity = closed.perSecond ?? 0;
    const ratePerSecond = Math.min(providerDays[day].ratePerSecond * context.scale, OFFERED_SHARE * capacity);
    context.tell(
      `${name}: ${capacity.toFixed(0)}/s in a closed loop (${closed.errors} errors), ${ratePerSecond.toFixed(0)}/s offered`,
    );
    const held = await seedPayers(system, mostArrivals(ratePerSecond, context), first.length);
    const measured = await offer(system, generator, context, {
      ...(await payCall(held, context, { name, ratePerSecond })),
      connections: CONNECTIONS,
    });
    // Neither Redis nor Kafka is part of the old system.
    for (const look of [measured.before, measured.after]) for (const idle of ['redis', 'kafka']) delete look.cpu[idle];
    const record = recordOf(measured, new Set([ACCEPTED]));
    const broken = await wrongEnds(system);
    const invariants = broken === 0 ? 'ok' : `BROKEN: ${broken} reservations and payments do not fit`;
    // Answered is settled: that is the point of the old way.
    return {
      ...record,
      settledPerSecond: record.perSecond ?? 0,
      invariants,
      valid: record.valid && broken === 0,
      extra: {
        'per second in a closed loop': capacity,
        'errors in it': closed.errors ?? 0,
        'under way in it': underWay,
      },
    };
  } finally {
    generator?.stop();
    await system?.stop();
    provider.stop();
  }
}

/** One server with its database, behind the same edge. */
const startOldSystem = (context: BenchContext, providerUrl: string, cap: number): Promise<System> =>
  startSystem(context.keys, {
    tell: context.tell,
    signal: context.signal,
    only: ['reservation-service'],
    apps: APPS.map((app) => (app.name === 'reservation-service' ? { ...app, main: MAIN } : app)),
    env: {
      'reservation-service': {
        PROVIDER_URL: providerUrl,
        CONCURRENT_PAYMENTS: String(cap),
        MYSQL_POOL_SIZE: String(DATABASE_CONNECTIONS),
        // What it keeps for those who wait for the provider is not to be what holds it back.
        NODE_OPTIONS: '--max-old-space-size=4096',
        // Its own cap, or none, is what is measured.
        HTTP_MAX_IN_FLIGHT: '100000',
      },
    },
  });

/** Seats held by fans whose tokens were not seen before. */
async function seedPayers(system: System, count: number, firstFan: number): Promise<Seeded[]> {
  const database = await system.database('reservation');
  const seats = schedulesFor(count);
  const ids = await seedSchedules(database, seats);
  return seedHolds(
    database,
    count,
    ids.map((id, index) => ({ id, seats: seats[index] as number })),
    firstFan,
  );
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
