import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import type { LoadProgress } from './load-job.ts';
import type { SocketsJob, SocketsResult } from './sockets-job.ts';

/** Handshakes under way at once while they are being opened. */
const OPENING_AT_ONCE = 100;
const SERVING = /"serving":(\d+)/;

/** Opens sockets, says so (`onStart`), listens, and closes them. */
export async function runSockets(
  job: SocketsJob,
  { onStart, onProgress }: { onStart(startedAtMs: number): void; onProgress(progress: LoadProgress): void },
): Promise<SocketsResult> {
  const tokens = readFileSync(job.tokensFile, 'latin1').split('\n');
  const pushes = new Map<number, { receivers: number; firstMs: number; lastMs: number }>();
  const sockets: WebSocket[] = [];
  let listening = false;
  const take = (text: string) => {
    if (!listening || !text.startsWith('{"type":"queue.position"')) return;
    const serving = Number(SERVING.exec(text)?.[1]);
    const now = performance.now();
    const push = pushes.get(serving);
    if (push === undefined) pushes.set(serving, { receivers: 1, firstMs: now, lastMs: now });
    else {
      push.receivers++;
      push.lastMs = now;
    }
  };
  const open = async (fan: number) => {
    const socket = new WebSocket(`ws://${job.host}:${job.port}/v1/ws`, ['bearer', tokens[fan] as string], {
      perMessageDeflate: false,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    socket.on('error', () => {});
    socket.on('message', (data) => take(data.toString()));
    socket.send(JSON.stringify({ type: 'subscribe', scheduleId: job.scheduleId }));
    sockets.push(socket);
  };
  let next = 0;
  const opener = async () => {
    while (next < job.count) {
      await open(next++);
      if (sockets.length % 500 === 0) onProgress({ intended: job.count, answered: sockets.length, errors: 0 });
    }
  };
  await Promise.all(Array.from({ length: OPENING_AT_ONCE }, opener));
  listening = true;
  onStart(performance.timeOrigin + performance.now());
  await sleep(job.listenMs);
  listening = false;
  const opened = sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).length;
  for (const socket of sockets) socket.terminate();
  return {
    opened,
    pushes: [...pushes].map(([serving, { receivers, firstMs, lastMs }]) => ({
      serving,
      receivers,
      spreadMs: lastMs - firstMs,
    })),
  };
}
