import type { AppName, ServiceName, Stack } from '../../../../infra/stack/index.mjs';
import { APPS } from '../../onsale/own-stack.ts';
import { type Injection, pause } from './injection.ts';

const START_AGAIN_AFTER_MS = 1_000;

/** Below that a kill is left to the supervision alone, which starts the process again after half a second. */
const STAYS_DOWN_FROM_MS = 2_000;

/** One process of a stack: "payment-worker-2" is the second replica of an app, "kafka" a server. */
function processOf(stack: Stack, name: string) {
  const app = APPS.find((candidate) => name === candidate || name.startsWith(`${candidate}-`)) as AppName | undefined;
  if (app === undefined) {
    const service = name as ServiceName;
    return {
      kill: (signal: NodeJS.Signals, staysDown = false) => stack.killService(service, signal, { staysDown }),
      stop: () => stack.stopService(service),
      start: () => stack.startService(service),
    };
  }
  const replica = name === app ? 0 : Number(name.slice(app.length + 1)) - 1;
  return {
    kill: (signal: NodeJS.Signals, staysDown = false) => stack.kill(app, signal, { replica, staysDown }),
    stop: () => stack.stopApp(app, replica),
    start: () => stack.startApp(app, replica),
  };
}

/** One that needs a server which another fault has taken away may end during its start: tried again, as a supervisor would. */
async function startAgain(process: ReturnType<typeof processOf>, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    try {
      return await process.start();
    } catch {
      await pause(START_AGAIN_AFTER_MS, over);
    }
  }
}

const kill: Injection = async ({ target, durationMs }, { stack, over }) => {
  const process = processOf(stack, target);
  const staysDown = durationMs >= STAYS_DOWN_FROM_MS;
  await process.kill('SIGKILL', staysDown);
  if (!staysDown) return;
  await pause(durationMs, over);
  await startAgain(process, over);
};

const freeze: Injection = async ({ target, durationMs }, { stack, over }) => {
  const process = processOf(stack, target);
  await process.kill('SIGSTOP');
  await pause(durationMs, over);
  await process.kill('SIGCONT');
};

const restart: Injection = async ({ target, durationMs }, { stack, over }) => {
  const process = processOf(stack, target);
  await process.stop();
  await pause(durationMs, over);
  await startAgain(process, over);
};

export const processFaults = { kill, freeze, restart };
