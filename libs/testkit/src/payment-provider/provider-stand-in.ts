import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { noFaults, type ProviderFaults, sampleLatency } from './faults.ts';
import { type BookAnswer, ProviderBook, type ProviderBookContent } from './provider-book.ts';
import { chargeBody, faultChanges, refundBody } from './provider-requests.ts';
import { seededRandom } from './seeded-random.ts';

/** How a stand-in is started. */
export interface ProviderStandInOptions {
  /** 0, the default, takes a free one of 127.0.0.1. */
  port?: number;
  /** The same seed makes the same choices, call by call. Default 1. */
  seed?: number;
  faults?: Partial<ProviderFaults>;
}

/** A payment provider outside, with a book of its own. */
export interface ProviderStandIn {
  readonly url: string;
  /** Calls under way now, and the most there ever were. */
  readonly calls: { now: number; most: number; all: number };
  change(faults: Partial<ProviderFaults>): void;
  book(): ProviderBookContent;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 16_384;

/**
 * Serves POST /charges and POST /refunds under an Idempotency-Key, GET /charges/{key} and GET /refunds/{key}, and beside
 * the calls that can go wrong GET /book and PUT /faults.
 */
export async function providerStandIn(options: ProviderStandInOptions = {}): Promise<ProviderStandIn> {
  const random = seededRandom(options.seed ?? 1);
  const book = new ProviderBook();
  const calls = { now: 0, most: 0, all: 0 };
  const underWay = new Set<string>();
  const sockets = new Set<Socket>();
  /** Those with a call on them. */
  const calling = new Set<Socket>();
  const closing = new AbortController();
  let faults: ProviderFaults = { ...noFaults, ...options.faults };
  /** Answers that are held back. */
  const stalled: (() => void)[] = [];

  const change = (changes: Partial<ProviderFaults>) => {
    faults = { ...faults, ...changes };
    if (faults.outage === 'cut') for (const socket of calling) socket.destroy();
    if (faults.outage !== 'stalls') for (const letOn of stalled.splice(0)) letOn();
  };
  const wait = (ms: number) => (ms > 0 ? sleep(ms, undefined, { signal: closing.signal }) : undefined);

  /** Under one key one call at a time: it happens half way through the latency. */
  async function effect(key: string, latencyMs: number, decide: () => BookAnswer): Promise<BookAnswer> {
    if (underWay.has(key)) return { status: 409, body: { code: 'IN_PROGRESS' } };
    underWay.add(key);
    try {
      await wait(latencyMs / 2);
      const answer = decide();
      await wait(latencyMs / 2);
      return answer;
    } finally {
      underWay.delete(key);
    }
  }

  async function answerTo(request: IncomingMessage, path: string): Promise<BookAnswer | 'lost'> {
    // Drawn in this order whatever comes of it, so that one changed share does not shift all other choices.
    const [fails, loses, doubles, declines] = [random(), random(), random(), random()];
    const latencyMs = sampleLatency(faults.latency, random);
    const lost = loses < faults.lostAnswerShare;
    const declined = declines < faults.declineShare;
    const [, kind, lookedFor] = path.split('/');
    if (kind !== 'charges' && kind !== 'refunds') return { status: 404, body: { code: 'NO_SUCH_ROUTE' } };
    const text = await bodyOf(request);
    if (fails < faults.errorShare) return { status: 500, body: { code: 'INTERNAL_ERROR' } };
    if (request.method === 'GET' && lookedFor !== undefined) {
      await wait(latencyMs);
      return book.find(kind, decodeURIComponent(lookedFor));
    }
    const key = request.headers['idempotency-key'];
    const decide = typeof key === 'string' ? decisionOf(kind, key, text, declined) : undefined;
    if (typeof key !== 'string' || decide === undefined) return { status: 400, body: { code: 'INVALID_REQUEST' } };
    const first = effect(key, latencyMs, decide);
    if (doubles < faults.duplicateShare) await first.then(() => effect(key, 0, decide));
    const answer = await first;
    return lost && answer.status < 300 ? 'lost' : answer;
  }

  function decisionOf(kind: 'charges' | 'refunds', key: string, text: string, declined: boolean) {
    if (kind === 'charges') {
      const charge = chargeBody(text);
      return charge && (() => book.charge(key, charge, declined));
    }
    const refund = refundBody(text);
    return refund && (() => book.refund(key, refund));
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://provider').pathname;
    if (path === '/book') return send(response, { status: 200, body: book.content() });
    if (path === '/faults') {
      const changes = request.method === 'PUT' ? faultChanges(await bodyOf(request)) : {};
      if (changes === undefined) return send(response, { status: 400, body: { code: 'INVALID_REQUEST' } });
      change(changes);
      return send(response, { status: 200, body: faults });
    }
    calls.all++;
    if (faults.outage === 'cut') return void request.socket.destroy();
    if (faults.outage === 'hangs') return;
    if (faults.outage === 'errors') return send(response, { status: 503, body: { code: 'UNAVAILABLE' } });
    if (calls.now >= faults.capacity) {
      response.setHeader('retry-after', '1');
      return send(response, { status: faults.overloadStatus, body: { code: 'OVERLOADED' } });
    }
    calls.most = Math.max(calls.most, ++calls.now);
    calling.add(request.socket);
    try {
      const answer = await answerTo(request, path);
      if (faults.outage === 'stalls') await new Promise<void>((letOn) => void stalled.push(letOn));
      if (answer === 'lost') request.socket.destroy();
      else send(response, answer);
    } finally {
      calls.now--;
      calling.delete(request.socket);
    }
  }

  const server = createServer((request, response) => {
    // What fails here is a connection that went away, or close().
    serve(request, response).catch(() => request.socket.destroy());
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  // Thousands may connect in one moment.
  server.listen({ port: options.port ?? 0, host: '127.0.0.1', backlog: 8_192 });
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    change,
    book: () => structuredClone(book.content()),
    async close() {
      closing.abort();
      change({ outage: 'cut' });
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function send(response: ServerResponse, { status, body }: BookAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) throw new Error('body too large');
  }
  return text;
}
