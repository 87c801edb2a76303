import { join } from 'node:path';
import { APPS } from '../../../infra/stack/index.mjs';
import { Generator } from '../load/generator.ts';
import { measureLoad } from '../measure/measured-load.ts';
import { recordOf, type SuiteRecord } from '../measure/record.ts';
import { type BenchContext, loadProgress, mostArrivals } from '../suites/suite.ts';
import { startSystem } from '../system/system.ts';

const RATE_PER_SECOND = 2_000;
const ACCEPTED = 202;
const MOST_MEASURED_MS = 15_000;
const SCHEDULE = 1;

/**
 * What an authenticated POST that does nothing costs, through the edge, by fans whose token is seen for the first time;
 * with `admission`, each with an admission token as well. Reservation-service's place is taken by an app that only checks
 * and answers.
 */
export async function emptyPost(given: BenchContext, admission: boolean): Promise<SuiteRecord> {
  const context = { ...given, measureMs: Math.min(given.measureMs, MOST_MEASURED_MS) };
  const ratePerSecond = RATE_PER_SECOND * context.scale;
  const count = mostArrivals(ratePerSecond, context);
  context.progress('floor: starting the empty app');
  const system = await startSystem(context.keys, {
    tell: context.tell,
    signal: context.signal,
    prepare: false,
    only: ['reservation-service'],
    apps: APPS.map((app) =>
      app.name === 'reservation-service' ? { ...app, main: join(import.meta.dirname, 'empty-app.ts') } : app,
    ),
  });
  const generator = await Generator.start();
  try {
    const measured = await measureLoad(
      system,
      generator,
      {
        ...system.edge,
        request: {
          method: 'POST',
          path: '/v1/reservations',
          headers: { authorization: 'Bearer {fan}', ...(admission && { 'x-admission-token': '{admission}' }) },
        },
        columns: {
          fan: { file: await context.tokens.fans(count) },
          ...(admission && { admission: { file: await context.tokens.admissions(SCHEDULE, count) } }),
        },
        ratePerSecond,
        warmUpMs: context.warmUpMs,
        measureMs: context.measureMs,
        seed: 1,
        connections: { initial: 128, most: 1_000 },
        drainMs: 5_000,
        expected: [ACCEPTED],
      },
      loadProgress(context, 'floor', ratePerSecond),
    );
    const idle = ['mariadb', 'redis', 'kafka'];
    for (const look of [measured.before, measured.after]) for (const name of idle) delete look.cpu[name];
    return recordOf(measured, new Set([ACCEPTED]));
  } finally {
    generator.stop();
    await system.stop();
  }
}
