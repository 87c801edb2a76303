import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { arrivals } from './arrivals.ts';
import { Connections } from './connections.ts';
import { JOURNEY_STEPS, type JourneyJob, type JourneyResult, type JourneyStep } from './journey-job.ts';
import type { LoadProgress } from './load-job.ts';

const TICK_MS = 1;
const PROGRESS_MS = 1_000;
const COMPLAINTS = 5;
const CONNECTIONS = { initial: 128, most: 4_000 };

interface Answer {
  status: number;
  body: string;
}

interface Push {
  type: string;
  admissionToken?: string;
  status?: string;
}

/** Plays journeys that begin at their own moments, whatever becomes of the others. */
export async function runJourneys(
  job: JourneyJob,
  { onStart, onProgress }: { onStart(startedAtMs: number): void; onProgress(progress: LoadProgress): void },
): Promise<JourneyResult> {
  const tokens = readFileSync(job.tokensFile, 'latin1').split('\n');
  const intendedMs = arrivals(job.ratePerSecond, job.warmUpMs + job.measureMs, job.seed);
  const count = intendedMs.length;
  if (tokens.length <= count) throw new Error(`${tokens.length - 1} tokens are too few for ${count} journeys`);
  const steps = Object.fromEntries(
    JOURNEY_STEPS.map((step) => [step, new Float64Array(count).fill(Number.NaN)]),
  ) as JourneyResult['steps'];
  const complaints: string[] = [];
  const answers = new Map<number, (answer: Answer) => void>();
  let calls = 0;
  const connections = new Connections({
    host: job.host,
    port: job.port,
    ...CONNECTIONS,
    wantsBody: () => true,
    onAnswer: (call, status, text) => {
      answers.get(call)?.({ status, body: text.slice(text.indexOf('\r\n\r\n') + 4) });
      answers.delete(call);
    },
  });
  const post = (path: string, token: string, headers: string, body: string): Promise<Answer> =>
    new Promise((resolve) => {
      const call = calls++;
      answers.set(call, resolve);
      const content = body === '' ? '' : 'content-type: application/json\r\n';
      connections.send(
        call,
        `POST ${path} HTTP/1.1\r\nhost: ${job.host}:${job.port}\r\nauthorization: Bearer ${token}\r\n${headers}${content}content-length: ${body.length}\r\n\r\n${body}`,
      );
    });

  await connections.open();
  const startedAt = performance.now();
  const nowMs = () => performance.now() - startedAt;
  onStart(performance.timeOrigin + startedAt);
  let ended = 0;
  let confirmed = 0;

  async function play(fan: number): Promise<void> {
    const token = tokens[fan] as string;
    const reached = (step: JourneyStep) => {
      steps[step][fan] = nowMs();
    };
    const expect = ({ status, body }: Answer, wanted: number, what: string): string => {
      if (status !== wanted) throw new Error(`${what}: ${status} ${body.slice(0, 200)}`);
      return body;
    };
    const socket = new WebSocket(`ws://${job.host}:${job.port}/v1/ws`, ['bearer', token], { perMessageDeflate: false });
    const admission = Promise.withResolvers<string>();
    const confirmation = Promise.withResolvers<void>();
    for (const { promise } of [admission, confirmation]) promise.catch(() => {});
    const fail = (error: Error) => {
      admission.reject(error);
      confirmation.reject(error);
    };
    socket.on('message', (data) => {
      const push = JSON.parse(data.toString()) as Push;
      if (push.type === 'queue.admitted' && push.admissionToken !== undefined) admission.resolve(push.admissionToken);
      else if (push.type === 'reservation.changed' && push.status === 'CONFIRMED') confirmation.resolve();
    });
    socket.on('close', () => fail(new Error('the WebSocket was closed')));
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('open', resolve);
        socket.once('error', reject);
      });
      socket.on('error', fail);
      reached('connected');
      expect(await post(`/v1/schedules/${job.scheduleId}/queue`, token, '', ''), 201, 'join');
      reached('joined');
      const admissionToken = await admission.promise;
      reached('admitted');
      const seat = JSON.stringify({ scheduleId: job.scheduleId, seatNumber: fan + 1 });
      const held = await post('/v1/reservations', token, `x-admission-token: ${admissionToken}\r\n`, seat);
      const { id } = JSON.parse(expect(held, 201, 'hold')) as { id: string };
      reached('held');
      const key = `idempotency-key: journey-${fan}\r\n`;
      expect(await post(`/v1/reservations/${id}/payment`, token, key, ''), 202, 'pay');
      reached('paid');
      await confirmation.promise;
      reached('confirmed');
      confirmed++;
    } catch (error) {
      if (complaints.length < COMPLAINTS) complaints.push((error as Error).message);
    } finally {
      ended++;
      socket.on('error', () => {});
      socket.terminate();
    }
  }

  let next = 0;
  let progressAtMs = 0;
  const progress = () => onProgress({ intended: next, answered: confirmed, errors: ended - confirmed });
  while (next < count) {
    const now = nowMs();
    while (next < count && (intendedMs[next] as number) <= now) void play(next++);
    if (now >= progressAtMs) {
      progress();
      progressAtMs = now + PROGRESS_MS;
    }
    await sleep(TICK_MS);
  }
  const until = nowMs() + job.drainMs;
  while (ended < count && nowMs() < until) await sleep(20);
  progress();
  connections.close();
  return { intendedMs, steps, complaints };
}
