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
const LOOK_MS = 20;

/** Plays a job; `onStart` is told the epoch ms of its clock. */
export async function runLoad(
  job: LoadJob,
  { onStart, onProgress }: { onStart(startedAtMs: number): void; onProgress(progress: LoadProgress): void },
): Promise<LoadResult> {
  const textOf = requestTexts(job);
  const totalMs = job.warmUpMs + job.measureMs;
  const isClosed = job.underWay !== undefined;
  const intendedMs = isClosed
    ? new Float64Array(Math.ceil((job.ratePerSecond * totalMs) / 1000)).fill(Number.NaN)
    : arrivals(job.ratePerSecond, totalMs, job.seed);
  let count = intendedMs.length;
  const sentMs = new Float64Array(count).fill(Number.NaN);
  const answeredMs = new Float64Array(count).fill(Number.NaN);
  const status = new Uint16Array(count);
  const expected = new Set(job.expected);
  const complaints: string[] = [];
  let answered = 0;
  let errors = 0;
  let mostConnections = 0;
  let next = 0;
  let nowMs = () => 0;
  const sendNext = () => {
    if (next >= count || nowMs() >= totalMs) return;
    const request = next++;
    intendedMs[request] = nowMs();
    connections.send(request, textOf(request));
  };

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
      if (isClosed) sendNext();
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
  let progressAtMs = 0;
  const look = (now: number) => {
    mostConnections = Math.max(mostConnections, connections.count);
    if (now < progressAtMs) return;
    onProgress({ intended: next, answered, errors });
    progressAtMs = now + PROGRESS_MS;
  };
  if (isClosed) {
    // Not all at once: a burst of thousands would time out where their steady number does not.
    const rampMs = Math.max(1, job.warmUpMs / 2);
    let begun = 0;
    while (nowMs() < totalMs && next < count) {
      const due = (job.underWay ?? 0) * Math.min(1, (nowMs() + LOOK_MS) / rampMs);
      for (; begun < due; begun++) sendNext();
      look(nowMs());
      await sleep(LOOK_MS);
    }
    count = next;
  }
  while (next < count) {
    const now = nowMs();
    while (next < count && (intendedMs[next] as number) <= now) {
      connections.send(next, textOf(next));
      next++;
    }
    look(now);
    await sleep(TICK_MS);
  }
  const until = nowMs() + job.drainMs;
  while (answered < count && nowMs() < until) await sleep(20);
  onProgress({ intended: next, answered, errors });
  connections.close();
  return {
    startedAtMs: performance.timeOrigin + startedAt,
    intendedMs: intendedMs.slice(0, count),
    sentMs: sentMs.slice(0, count),
    answeredMs: answeredMs.slice(0, count),
    status: status.slice(0, count),
    complaints,
    connections: mostConnections,
  };
}
