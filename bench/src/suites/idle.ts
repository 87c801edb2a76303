import { setTimeout as sleep } from 'node:timers/promises';
import { cpuTimes, residentBytes } from '../measure/cpu.ts';
import { APPS } from '../system/system.ts';
import type { Suite } from './suite.ts';
import { withSystem } from './with-system.ts';

const SETTLE_MS = 10_000;
const MEGABYTE = 1_000_000;

/** What the apps cost when nobody comes, and how long each takes to be ready. */
export const idle: Suite = {
  name: 'idle',
  summary: 'four apps without a request: CPU, memory, and the time from start to ready',
  besideSeconds: 45,
  async run(context) {
    const record = await withSystem(context, { floor: null }, async (system) => {
      const processes = () => system.stack.processes().filter(({ name }) => (APPS as readonly string[]).includes(name));
      context.progress('idle: nothing happens');
      await sleep(Math.min(SETTLE_MS, context.warmUpMs));
      const before = cpuTimes(processes());
      await sleep(context.measureMs);
      const after = cpuTimes(processes());
      const extra: Record<string, number> = {};
      let [percent, megabytes] = [0, 0];
      for (const { name, pid } of processes()) {
        const share = (((after[name] ?? 0) - (before[name] ?? 0)) / (context.measureMs * 1000)) * 100;
        extra[`${name} % of a core`] = share;
        const held = residentBytes(pid) / MEGABYTE;
        extra[`${name} MB`] = held;
        percent += share;
        megabytes += held;
      }
      let slowest = 0;
      for (const app of APPS) {
        await system.stack.stopApp(app);
        const started = performance.now();
        await system.stack.startApp(app);
        const seconds = (performance.now() - started) / 1000;
        extra[`${app} ready after s`] = seconds;
        slowest = Math.max(slowest, seconds);
      }
      const together = {
        'together % of a core': percent,
        'together MB': megabytes,
        'slowest ready after s': slowest,
      };
      return { valid: true, extra: { ...extra, ...together } };
    });
    return { idle: record };
  },
};
