import type { StackOptions } from '../../../infra/stack/index.mjs';
import { JOURNEY_STEPS, type JourneyResult } from '../load/journey-job.ts';
import { microsPerOp } from '../measure/cpu.ts';
import { Latencies } from '../measure/latency.ts';
import { type Look, measureWindow } from '../measure/measured-load.ts';
import { MemoryWatch, peaksOf } from '../measure/memory.ts';
import { ERROR_SHARE, type SuiteRecord, withTotal } from '../measure/record.ts';
import { PLENTY, seedWallets } from '../seed/wallets.ts';
import { publishConcert } from '../system/concert.ts';
import { type BenchContext, loadProgress, mostArrivals, type Suite } from './suite.ts';
import type { FloorCalls } from './with-floor.ts';
import { withSystem } from './with-system.ts';

const RATE_PER_SECOND = 1_000;
/** Join, hold, pay; the WebSocket is left out of the floor. */
const CALLS = 3;
const DRAIN_MS = 30_000;
/** Rooms that let everybody in at once: nobody waits for anything but the system. */
const OPEN_ROOM = { ratePerSecond: 100_000, maxInside: 1_000_000 };

export const journey: Suite = {
  name: 'journey',
  summary: `WebSocket → join → admitted → hold → pay → CONFIRMED by WebSocket, ${RATE_PER_SECOND} fans/s offered`,
  besideSeconds: 60,
  emptyCalls: [{ admission: false, ratePerSecond: CALLS * RATE_PER_SECOND }],
  run: async (context) => ({
    journey: await playJourneys(context, {
      name: 'journey',
      ratePerSecond: RATE_PER_SECOND,
      floor: { post: 'fan', calls: CALLS },
    }),
  }),
};

/** Whole purchases at a rate; with `env`, on a system of their own whose apps have it over their own environment. */
export function playJourneys(
  context: BenchContext,
  {
    name,
    ratePerSecond: fullRate,
    ...options
  }: { name: string; ratePerSecond: number; floor: FloorCalls | null; env?: NonNullable<StackOptions['env']> },
): Promise<SuiteRecord> {
  const ratePerSecond = fullRate * context.scale;
  const count = mostArrivals(ratePerSecond, context);
  return withSystem(context, options, async (system, generator) => {
    // One hall: seat i is fan i's.
    const [scheduleId] = (await publishConcert(system, context.keys, [Math.ceil(count / 100) * 100], OPEN_ROOM)) as [
      number,
    ];
    await seedWallets(await system.database('payment'), count, PLENTY);
    const tokensFile = await context.tokens.fans(count + 1);
    const { warmUpMs, measureMs } = context;
    const job = {
      ...system.edge,
      scheduleId,
      tokensFile,
      ratePerSecond,
      warmUpMs,
      measureMs,
      seed: 1,
      drainMs: DRAIN_MS,
    };
    await system.work.begin();
    const memory = new MemoryWatch(system);
    try {
      const { result, ...looks } = await measureWindow(system, generator, job, (onStart) =>
        generator.play({ kind: 'journeys', job }, { onStart, onProgress: loadProgress(context, name, ratePerSecond) }),
      );
      system.work.operations = result.steps.confirmed.reduce((sum, at) => sum + Number(!Number.isNaN(at)), 0);
      const record = journeyRecord(result, looks, { fromMs: warmUpMs, toMs: warmUpMs + measureMs });
      return { ...record, extra: { ...record.extra, ...peaksOf(memory.stop()) } };
    } finally {
      memory.stop();
    }
  });
}

function journeyRecord(
  { intendedMs, steps, complaints }: JourneyResult,
  { before, after }: { before: Look; after: Look },
  { fromMs, toMs }: { fromMs: number; toMs: number },
): SuiteRecord {
  const seconds = (toMs - fromMs) / 1000;
  const inWindow = (ms: number) => ms >= fromMs && ms < toMs;
  const whole = new Latencies();
  const perStep = new Map(JOURNEY_STEPS.map((step) => [step, new Latencies()]));
  let [offered, errors, confirmed] = [0, 0, 0];
  intendedMs.forEach((intended, fan) => {
    const end = steps.confirmed[fan] as number;
    if (inWindow(end)) confirmed++;
    if (!inWindow(intended)) return;
    offered++;
    if (Number.isNaN(end)) {
      errors++;
      return;
    }
    whole.add(end - intended);
    let previous = intended;
    for (const step of JOURNEY_STEPS) {
      const at = steps[step][fan] as number;
      perStep.get(step)?.add(Math.max(0, at - previous));
      previous = at;
    }
  });
  const notes =
    errors > offered * ERROR_SHARE ? [`${errors} of ${offered} journeys failed: ${complaints.join(' | ')}`] : [];
  // What began in the window ends at the rate at which it began, or the system falls behind.
  if (confirmed < (offered - seconds) * 0.95) notes.push(`${confirmed} journeys ended while ${offered} began`);
  return {
    offeredPerSecond: offered / seconds,
    settledPerSecond: confirmed / seconds,
    settleMs: whole.percentiles(),
    settleCurve: whole.curve(),
    curve: whole.curve(),
    errors,
    cpuMicrosPerOp: withTotal(microsPerOp(before.cpu, after.cpu, confirmed)),
    generatorMicrosPerOp: (after.generatorMicros - before.generatorMicros) / Math.max(1, confirmed),
    valid: notes.length === 0,
    notes,
    extra: Object.fromEntries([...perStep].map(([step, latencies]) => [`${step} p95 ms`, latencies.at(95)])),
  };
}
