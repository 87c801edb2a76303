import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '../../../infra/stack/index.mjs';
import { APPS } from './own-stack.ts';

const BETWEEN_KILLS_MS = 4_000;

/** Kills each service once with SIGKILL, one after another, each when the one before is back. */
export async function killEachOnce(stack: Stack, over: AbortSignal, tell: (text: string) => void): Promise<void> {
  for (const app of APPS) {
    await sleep(BETWEEN_KILLS_MS, undefined, { signal: over }).catch(() => {});
    if (over.aborted) return;
    tell(`killing ${app} (SIGKILL)`);
    await stack.kill(app);
    tell(`${app} is ${(await stack.waitUntilReady(app)) ? 'back' : 'NOT back after a minute'}`);
  }
}
