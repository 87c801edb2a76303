import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '../eventually.ts';
import type { AppName } from '../infrastructure/test-database.ts';

/** An app as a process of its own, started by its main.ts as in production. */
export interface AppProcess {
  readonly pid: number;
  /** http://127.0.0.1:<port>, once it listens. */
  listening(): Promise<string>;
  /** Everything that it has logged so far. */
  readonly log: string;
  signal(signal: NodeJS.Signals): void;
  /** The end: `code` is null where a signal ended it. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Ends it in order, also if it is stopped; nothing where it has ended. @throws Error with its log where that goes wrong */
  stop(): Promise<void>;
  /** Kills it, also if it is stopped, unless it has ended. */
  kill(): Promise<void>;
}

const START_TIMEOUT_MS = 120_000;

/** Starts an app on a free port. `env` is its whole configuration, less PORT and LOG_LEVEL. */
export function startAppProcess(app: AppName, env: Record<string, string>): AppProcess {
  const folder = fileURLToPath(new URL(`../../../../apps/${app}`, import.meta.url));
  const child = spawn(process.execPath, [`${folder}/src/main.ts`], {
    cwd: folder,
    env: { ...process.env, ...env, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      log += String(data);
    });
  }
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid as number,
    get log() {
      return log;
    },
    exited,
    async listening() {
      const port = await eventually(() => {
        const found = /"port":(\d+),"msg":"listening"/.exec(log)?.[1];
        if (found === undefined)
          throw new Error(`${app} does not listen${hasEnded() ? ', it has ended' : ''}:\n${log}`);
        return found;
      }, START_TIMEOUT_MS);
      return `http://127.0.0.1:${port}`;
    },
    signal: (signal) => void child.kill(signal),
    async stop() {
      if (hasEnded()) return;
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const { code, signal } = await exited;
      if (code !== 0) throw new Error(`${app} ended with ${code ?? signal}:\n${log}`);
    },
    async kill() {
      if (hasEnded()) return;
      child.kill('SIGKILL');
      await exited;
    },
  };
}
