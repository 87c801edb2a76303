import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../../../libs/testkit/src/payment-provider/main.ts');

/** The payment provider's stand-in, in a process of its own: outside, so its CPU is not the system's. */
export interface Provider {
  readonly url: string;
  stop(): void;
}

/** `latency`: 200 ms on average, or the 2 to 3 s of a peak. */
export async function startProvider(latency: 'ordinary' | 'peak'): Promise<Provider> {
  const port = await freePort();
  const child: ChildProcess = spawn(process.execPath, [MAIN, '--port', String(port), '--latency', latency], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([
    once(child.stdout as NodeJS.ReadableStream, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error("the provider's stand-in did not start"))),
  ]);
  return { url: `http://127.0.0.1:${port}`, stop: () => void child.kill() };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
