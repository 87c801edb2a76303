import { appendFileSync } from 'node:fs';
import type { Violation } from '@stagedoor/testkit';
import type { Tally } from '../crowd/tally.ts';
import { progressLine } from '../onsale/progress.ts';
import type { AppliedFault } from './faults/injector.ts';

const WAITING_EVERY_MS = 5_000;

export const describe = ({ invariant, detail }: Violation): string => `${invariant}: ${detail}`;

/** A fault in one line. */
export function faultLine({
  kind,
  target,
  durationMs,
  size,
}: Pick<AppliedFault, 'kind' | 'target' | 'durationMs' | 'size'>): string {
  const sizes: Partial<Record<typeof kind, string>> = {
    delay: ` by ${size} ms`,
    clock: ` by ${size > 0 ? '+' : ''}${size} ms`,
    backlog: ` with ${size} requests`,
  };
  const lasts = durationMs > 0 ? `, ${(durationMs / 1000).toFixed(1)} s` : '';
  return `${kind} ${target}${sizes[kind] ?? ''}${lasts}`;
}

/** Says what happens while it happens, and keeps the faults in a file, with the time that logs have. */
export function chaosProgress(tally: Tally, file: string) {
  const line = progressLine(tally);
  const startedAt = performance.now();
  let running = 0;
  let saidAt = Number.NEGATIVE_INFINITY;
  const say = (text: string) => {
    const at = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
    line.say(`${at} s  ${text}`);
    appendFileSync(file, `${new Date().toISOString()} ${at} ${text}\n`);
  };
  return {
    show: line.show,
    end: line.end,
    say,
    fault(fault: AppliedFault, phase: 'begins' | 'ends'): void {
      running += phase === 'begins' ? 1 : -1;
      const mark = phase === 'begins' ? '▶' : '■';
      say(`${mark} ${faultLine(fault)}${phase === 'begins' ? `  (${running} at once)` : ''}`);
    },
    /** What a system that should come to rest still has to do; at most every five seconds. */
    waiting(left: readonly string[]): void {
      if (performance.now() - saidAt < WAITING_EVERY_MS) return;
      saidAt = performance.now();
      say(`waiting for ${left.length}, such as ${left.slice(0, 3).join(' · ')}`);
    },
  };
}
