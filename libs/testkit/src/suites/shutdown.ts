import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import type { AppName } from '../infrastructure/test-database.ts';
import type { AppProcess } from '../processes/app-process.ts';
import { type ProcessStage, processStage } from '../processes/process-stage.ts';

const CLEAN = { code: 0, signal: null };
// Of SIGHUP, whose handler runUntilSignal sets right after that of SIGTERM; Node itself has one of SIGTERM from the start.
const SIGHUP_BIT = 1n;
// A clean close has a grace of its own (30 s); a process needs seconds to start on a busy machine.
const TIMEOUT = { timeout: 120_000 };
/** Calls that read a body, and refuse what we send. Unknown paths and callers without a token are refused before it. */
const CALLS: Record<AppName, string> = {
  'queue-gateway': '/v1/schedules/404/queue',
  'reservation-service': '/v1/admin/concerts',
  'payment-worker': '/v1/wallet/charges',
  'result-worker': '/v1/admin/dead-letters/404/discard',
};

/** What a SIGTERM must do to every app, as a process of its own, whatever it is at. */
export function shutdownSuite(app: AppName): void {
  let stage: ProcessStage;
  beforeAll(async () => {
    stage = await processStage(app);
  });
  afterAll(() => stage.strike());
  const call = () => ({ path: CALLS[app], authorization: stage.keys.authorization('mina', ['admin']) });

  describe('SIGTERM', TIMEOUT, () => {
    test('while idle: connections are closed, no new ones are taken, exit code 0', async () => {
      const process = stage.start();
      const url = await process.listening();
      const agent = new Agent({ keepAlive: true });
      const [answer, socket] = await get(`${url}/live`, agent);
      expect(answer.statusCode).toBe(200);
      const isClosed = once(socket, 'close');
      process.signal('SIGTERM');
      await isClosed;
      expect(await process.exited).toEqual(CLEAN);
      await expect(get(`${url}/live`, agent)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      expect(process.log).toContain('"closed"');
    });

    test('in the middle of a request: it is answered, its connection ends, exit code 0', async () => {
      const process = stage.start();
      const url = new URL(await process.listening());
      const half = await halfARequest(url, call());
      process.signal('SIGTERM');
      await refusesConnections(url);
      const answer = await half.finish();
      expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
      expect(answer.toLowerCase()).toContain('\r\nconnection: close\r\n');
      expect(await process.exited).toEqual(CLEAN);
    });

    test('twice: the second one ends it at once', async () => {
      const process = stage.start();
      const half = await halfARequest(new URL(await process.listening()), call());
      process.signal('SIGTERM');
      await eventually(() => process.log.includes('"closing"'));
      process.signal('SIGTERM');
      expect(await process.exited).toEqual({ code: 1, signal: null });
      half.abandon();
    });

    test('during the start: what was opened is closed, exit code 0', async () => {
      const process = stage.start();
      await heedsSigterm(process);
      process.signal('SIGTERM');
      expect(await process.exited).toEqual(CLEAN);
      expect(process.log).not.toMatch(/"level":"(error|fatal)"/);
    });

    // Refused: nobody listens. Silent: the connection is taken, and never answered.
    test.each(['refused', 'silent'])('while database, Redis and Kafka are away (%s): exit code 0', async (how) => {
      const away = await awayServer(how === 'silent');
      const process = stage.start({
        MYSQL_URL: `mysql://nobody:x@${away.address}/none`,
        REDIS_URL: `redis://${away.address}`,
        KAFKA_BROKERS: away.address,
      });
      const url = await process.listening();
      expect((await get(`${url}/live`))[0].statusCode).toBe(200);
      process.signal('SIGTERM');
      expect(await process.exited).toEqual(CLEAN);
      away.close();
    });
  });
}

async function get(url: string, agent?: Agent): Promise<[IncomingMessage, Socket]> {
  const asked = request(url, agent === undefined ? {} : { agent });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  return [answer, asked.socket as Socket];
}

/** A request whose body has come in part, so that it is in progress for as long as the test wants. */
async function halfARequest({ hostname, port }: URL, { path, authorization }: { path: string; authorization: string }) {
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (data) => {
    answer += String(data);
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  // Its answer says that the server has begun on it.
  const head = [`POST ${path} HTTP/1.1`, 'host: a', `authorization: ${authorization}`];
  head.push('content-type: application/json', 'content-length: 11', 'expect: 100-continue');
  socket.write(`${head.join('\r\n')}\r\n\r\n{"a":`);
  await eventually(() => answer.startsWith('HTTP/1.1 100 '));
  answer = '';
  return {
    async finish(): Promise<string> {
      socket.write('"b c"}');
      await once(socket, 'close');
      return answer.replace(/^\r\n/, '');
    },
    abandon: () => socket.destroy(),
  };
}

const refusesConnections = ({ hostname, port }: URL): Promise<unknown> =>
  eventually(async () => {
    const socket = connect(Number(port), hostname);
    const [refused] = await Promise.race([once(socket, 'error'), once(socket, 'connect').then(() => [null])]);
    socket.destroy();
    return (refused as NodeJS.ErrnoException | null)?.code === 'ECONNREFUSED';
  });

/** Before it has a handler the signal simply ends a process that has not begun anything. */
const heedsSigterm = ({ pid }: AppProcess): Promise<unknown> =>
  eventually(() => {
    const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    return (BigInt(`0x${caught}`) & SIGHUP_BIT) !== 0n;
  }, 30_000);

async function awayServer(isSilent: boolean): Promise<{ address: string; close(): void }> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => void sockets.push(socket.on('error', () => {}))).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  if (!isSilent) close();
  return { address: `127.0.0.1:${port}`, close };
}
