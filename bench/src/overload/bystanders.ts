import { Latencies, type Percentiles } from '../measure/latency.ts';
import type { System } from '../system/system.ts';

/** What became of the calls of one kind. */
export interface Bystander {
  byStatus: Record<string, number>;
  answerMs: Percentiles;
}

/** A refusal that does not say when to come again. */
export const UNTOLD = '503 without Retry-After';

const EVERY_MS = 200;
const TIMEOUT_MS = 30_000;
const SOCKETS = 50;

/**
 * Fans who do something else while others pay: they look at seats, at their wallets, join, and listen. `tokens` are theirs,
 * one for each; each joins once.
 */
export async function bystanders(system: System, scheduleId: number, tokens: readonly string[]) {
  const base = `http://${system.edge.host}:${system.edge.port}`;
  const seen = new Map<string, { byStatus: Record<string, number>; times: Latencies }>();
  const underWay = new Set<Promise<void>>();
  const call = async (name: string, method: string, path: string, token: string) => {
    const startedMs = performance.now();
    const status = await fetch(base + path, {
      method,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).then(
      async (answer) => {
        await answer.arrayBuffer();
        return answer.status === 503 && !answer.headers.has('retry-after') ? UNTOLD : String(answer.status);
      },
      () => '0',
    );
    const of = seen.get(name) ?? { byStatus: {}, times: new Latencies() };
    seen.set(name, of);
    of.byStatus[status] = (of.byStatus[status] ?? 0) + 1;
    of.times.add(performance.now() - startedMs);
  };
  let round = 0;
  const timer = setInterval(() => {
    const token = tokens[round++ % tokens.length] as string;
    const calls = [
      call('seat map', 'GET', `/v1/schedules/${scheduleId}/seats`, token),
      call('wallet', 'GET', '/v1/wallet', token),
      call('join', 'POST', `/v1/schedules/${scheduleId}/queue`, token),
    ];
    for (const made of calls) {
      underWay.add(made);
      void made.finally(() => underWay.delete(made));
    }
  }, EVERY_MS);

  let closed = 0;
  const sockets = await Promise.all(
    tokens.slice(0, SOCKETS).map((token) => {
      const socket = new WebSocket(`${base.replace('http', 'ws')}/v1/ws`, ['bearer', token]);
      return new Promise<WebSocket>((resolve, reject) => {
        socket.onopen = () => resolve(socket);
        socket.onerror = () => reject(new Error('a WebSocket was not opened'));
        socket.onclose = () => {
          closed++;
        };
      });
    }),
  );

  return {
    /** Ends it all; what was seen, and how many WebSockets had been lost. */
    async stop(): Promise<{ calls: Record<string, Bystander>; sockets: { opened: number; lost: number } }> {
      clearInterval(timer);
      await Promise.all(underWay);
      const lost = closed;
      for (const socket of sockets) socket.close();
      return {
        calls: Object.fromEntries(
          [...seen].map(([name, { byStatus, times }]) => [name, { byStatus, answerMs: times.percentiles() }]),
        ),
        sockets: { opened: sockets.length, lost },
      };
    },
  };
}
