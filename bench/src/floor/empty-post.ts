import { join } from 'node:path';
import { APPS } from '../../../infra/stack/index.mjs';
import { Generator } from '../load/generator.ts';
import { measureLoad } from '../measure/measured-load.ts';
import { recordOf, type SuiteRecord } from '../measure/record.ts';
import { type BenchContext, loadProgress, mostArrivals } from '../suites/suite.ts';
import { type System, startSystem } from '../system/system.ts';

/** An authenticated POST that does nothing, at a rate: a fan's token that is seen for the first time, or an admission token as well. */
export interface EmptyCall {
  admission: boolean;
  ratePerSecond: number;
}

/** What such a call was measured to cost. */
export interface EmptyPost extends EmptyCall {
  record: SuiteRecord;
}

const APP = 'reservation-service';
const ACCEPTED = 202;
const MOST_WARM_UP_MS = 4_000;
const MOST_MEASURED_MS = 8_000;
/** Of the system, and of the empty app again before each call. */
const START_SECONDS = 20;
const RESTART_SECONDS = 3;
const SCHEDULE = 1;

/**
 * What each of these calls costs through the edge, at its own rate: an idle machine makes a call dearer. Reservation-service's
 * place is taken by an app that only checks and answers; it is started anew for each, so that no token was seen before.
 */
export async function measureEmptyPosts(context: BenchContext, calls: readonly EmptyCall[]): Promise<EmptyPost[]> {
  context.progress('floor: starting the empty app');
  const system = await startSystem(context.keys, {
    tell: context.tell,
    signal: context.signal,
    prepare: false,
    only: [APP],
    apps: APPS.map((app) => (app.name === APP ? { ...app, main: join(import.meta.dirname, 'empty-app.ts') } : app)),
  });
  const generator = await Generator.start();
  try {
    const measured: EmptyPost[] = [];
    for (const call of calls) {
      context.signal.throwIfAborted();
      if (measured.length > 0) {
        await system.stack.stopApp(APP);
        await system.stack.startApp(APP);
      }
      measured.push({ ...call, record: await measureOne(system, generator, context, call) });
    }
    return measured;
  } finally {
    generator.stop();
    await system.stop();
  }
}

const timesOf = ({ warmUpMs, measureMs }: Pick<BenchContext, 'warmUpMs' | 'measureMs'>) => ({
  warmUpMs: Math.min(warmUpMs, MOST_WARM_UP_MS),
  measureMs: Math.min(measureMs, MOST_MEASURED_MS),
});

/** Seconds that these calls take, about. */
export function emptyPostsSeconds(
  calls: readonly EmptyCall[],
  times: Pick<BenchContext, 'warmUpMs' | 'measureMs'>,
): number {
  const { warmUpMs, measureMs } = timesOf(times);
  return calls.length === 0 ? 0 : START_SECONDS + calls.length * (RESTART_SECONDS + (warmUpMs + measureMs) / 1000);
}

async function measureOne(
  system: System,
  generator: Generator,
  context: BenchContext,
  { admission, ratePerSecond }: EmptyCall,
): Promise<SuiteRecord> {
  const times = timesOf(context);
  const rate = ratePerSecond * context.scale;
  const count = mostArrivals(rate, times);
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
      ratePerSecond: rate,
      ...times,
      seed: 1,
      connections: { initial: 128, most: 1_000 },
      drainMs: 5_000,
      expected: [ACCEPTED],
    },
    loadProgress({ ...context, ...times }, `floor at ${rate}/s`, rate),
  );
  const idle = ['mariadb', 'redis', 'kafka'];
  for (const look of [measured.before, measured.after]) for (const name of idle) delete look.cpu[name];
  return recordOf(measured, new Set([ACCEPTED]));
}

/** The one measured at the rate that is nearest; it has to be of the same kind. */
export function nearestPost(
  posts: readonly EmptyPost[],
  { admission, ratePerSecond }: EmptyCall,
): EmptyPost | undefined {
  const distance = (post: EmptyPost) => Math.abs(Math.log(post.ratePerSecond / ratePerSecond));
  return posts.filter((post) => post.admission === admission).sort((a, b) => distance(a) - distance(b))[0];
}
