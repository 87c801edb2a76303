import { setTimeout as sleep } from 'node:timers/promises';
import { arrivals } from './arrivals.ts';
import { Connections } from './connections.ts';
import type { LoadJob, LoadProgress, LoadResult } from './load-job.ts';
import { requestTexts } from './request-texts.ts';

const PROGRESS_MS = 1_000;
const COMPLAINTS = 3;
const COMPLAINT_CHARACTERS = 200;
// One timer for all arrivals of a millisecond: one each would cost more than the requests.
const TICK_MS = 1;

/** Plays a job; `onStart` is told the epoch ms of its clock. */
export async function runLoad(
  job: LoadJob,
  { onStart, onProgress }: { onStart(startedAtMs: number): void; onProgress(progress: LoadProgress): void },
): Promise<LoadResult> {
  const textOf = requestTexts(job);
  const intendedMs = arrivals(job.ratePerSecond, job.warmUpMs + job.measureMs, job.seed);
  const count = intendedMs.length;
  const sentMs = new Float64Array(count).fill(Number.NaN);
  const answeredMs = new Float64Array(count).fill(Number.NaN);
  const status = new Uint16Array(count);
  const expected = new Set(job.expected);
  const complaints: string[] = [];
  let answered = 0;
  let errors = 0;
  let mostConnections = 0;
  let nowMs = () => 0;

  const connections: Connections = new Connections({
    host: job.host,
    port: job.port,
    ...job.connections,
    wantsBody: (code) => !expected.has(code) && complaints.length < COMPLAINTS,
    onSend: (request) => {
      sentMs[request] = nowMs();
    },
    onAnswer: (request, code, body) => {
      answeredMs[request] = nowMs();
      status[request] = code;
      answered++;
      if (expected.has(code)) return;
      errors++;
      if (complaints.length < COMPLAINTS)
        complaints.push(
          code === 0
            ? 'the connection failed'
            : `${code} ${body.slice(body.indexOf('\r\n\r\n') + 4).slice(0, COMPLAINT_CHARACTERS)}`,
        );
    },
  });
  // Also what the last one needs is there.
  if (count > 0) textOf(count - 1);
  await connections.open();

  const startedAt = performance.now();
  nowMs = () => performance.now() - startedAt;
  onStart(performance.timeOrigin + startedAt);
  let next = 0;
  let progressAtMs = 0;
  const progress = () => onProgress({ intended: next, answered, errors });
  while (next < count) {
    const now = nowMs();
    while (next < count && (intendedMs[next] as number) <= now) {
      connections.send(next, textOf(next));
      next++;
    }
    mostConnections = Math.max(mostConnections, connections.count);
    if (now >= progressAtMs) {
      progress();
      progressAtMs = now + PROGRESS_MS;
    }
    await sleep(TICK_MS);
  }
  const until = nowMs() + job.drainMs;
  while (answered < count && nowMs() < until) await sleep(20);
  progress();
  connections.close();
  return {
    startedAtMs: performance.timeOrigin + startedAt,
    intendedMs,
    sentMs,
    answeredMs,
    status,
    complaints,
    connections: mostConnections,
  };
}
