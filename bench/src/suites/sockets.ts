import { setTimeout as sleep } from 'node:timers/promises';
import { createFanTokenSigner } from '@stagedoor/platform';
import { residentBytes } from '../measure/cpu.ts';
import type { SuiteRecord } from '../measure/record.ts';
import { publishConcert } from '../system/concert.ts';
import type { System } from '../system/system.ts';
import { ISSUER } from '../tokens/keys.ts';
import type { BenchContext, Suite } from './suite.ts';
import { withSystem } from './with-system.ts';

const SOCKETS = 10_000;
const PUSHES = 5;
const JOIN_PAUSE_MS = 2_000;
/** What a push to all may take, from the first who has it to the last (issue's target). */
const SPREAD_MS = 1_000;
/** Descriptors that the edge keeps for other things. */
const RESERVED_FILES = 512;

/** Open WebSockets, and serving numbers pushed to all of them. */
export const sockets: Suite = {
  name: 'sockets',
  summary: `${SOCKETS} open WebSockets, a serving number pushed to all, memory for each`,
  besideSeconds: 70,
  windows: 0,
  async run(context) {
    const count = Math.ceil(SOCKETS * context.scale);
    const record = await withSystem(context, { floor: null }, async (system, generator) => {
      const [scheduleId] = (await publishConcert(system, context.keys, [1_000])) as [number];
      const gateway = () => system.stack.processes().find(({ name }) => name === 'queue-gateway')?.pid;
      const tokensFile = await context.tokens.fans(count);
      // The edge has two descriptors open for each; where it may not have so many, the gateway is asked itself.
      const throughEdge = openFiles() > 2 * count + RESERVED_FILES;
      const target = throughEdge ? system.edge : { host: '127.0.0.1', port: system.stack.ports['queue-gateway'] };
      const listenMs = (PUSHES + 1) * JOIN_PAUSE_MS;
      const before = residentBytes(gateway());
      let peak = 0;
      let joining: Promise<void> | undefined;
      const result = await generator.play(
        { kind: 'sockets', job: { ...target, scheduleId, tokensFile, count, listenMs } },
        {
          onStart: () => {
            peak = residentBytes(gateway());
            joining = joinNowAndThen(system, context, scheduleId);
          },
          onProgress: ({ answered }) => context.progress(`sockets: ${answered} of ${count} open`),
        },
      );
      await joining;
      return socketsRecord(result, { count, throughEdge, bytesPerSocket: (peak - before) / count });
    });
    return { sockets: record };
  },
};

function socketsRecord(
  { opened, pushes }: { opened: number; pushes: { receivers: number; spreadMs: number }[] },
  { count, throughEdge, bytesPerSocket }: { count: number; throughEdge: boolean; bytesPerSocket: number },
): SuiteRecord {
  const complete = pushes.filter(({ receivers }) => receivers === count);
  const slowest = Math.max(...complete.map(({ spreadMs }) => spreadMs), 0);
  const notes = [
    ...(opened === count ? [] : [`${opened} of ${count} sockets were open at the end`]),
    ...(complete.length > 0 ? [] : ['no push reached everybody']),
    ...(slowest <= SPREAD_MS ? [] : [`a push took ${slowest.toFixed(0)} ms to reach everybody`]),
  ];
  return {
    valid: notes.length === 0,
    notes,
    extra: {
      sockets: opened,
      through: throughEdge ? 'edge' : 'gateway (too few descriptors for the edge)',
      'kB per socket in the gateway': bytesPerSocket / 1000,
      'pushes that reached all': complete.length,
      'slowest push to all, ms': slowest,
    },
  };
}

const openFiles = (): number => {
  const limits = process.report.getReport() as { userLimits?: { open_files?: { hard?: number | string } } };
  const hard = Number(limits.userLimits?.open_files?.hard);
  return Number.isNaN(hard) ? Number.POSITIVE_INFINITY : hard;
};

/** A fan joins and is let in, so that the serving number rises, a few times. */
async function joinNowAndThen(system: System, context: BenchContext, scheduleId: number): Promise<void> {
  const sign = createFanTokenSigner(context.keys.fan, ISSUER);
  for (let fan = 0; fan < PUSHES; fan++) {
    const token = sign({ userId: `newcomer-${fan}`, ttlMs: 60_000 });
    await fetch(`http://${system.edge.host}:${system.edge.port}/v1/schedules/${scheduleId}/queue`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    await sleep(JOIN_PAUSE_MS);
  }
}
