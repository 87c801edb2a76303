import { setTimeout as sleep } from 'node:timers/promises';
import type { Difference } from './difference.ts';
import type { Pass } from './passes/pass.ts';

/** How a run is bounded. */
export interface Bounds {
  /** Keys that are looked at together. */
  pageSize: number;
  /** Differences that are kept; with more of them the run ends early. */
  maxDifferences: number;
  /** How long after the first look what was found is looked at again: a running system changes between two reads. */
  settleMs: number;
}

export interface Finding extends Difference {
  pass: string;
}

export interface Reconciliation {
  /** How many keys each pass looked at. */
  examined: Record<string, number>;
  differences: Finding[];
  /** More was found than is kept. */
  isCut: boolean;
}

/** Goes all passes through, and looks at what they found a second time. */
export async function reconcile(
  passes: readonly Pass[],
  { pageSize, maxDifferences, settleMs }: Bounds,
  signal: AbortSignal,
  progress: (text: string) => void,
): Promise<Reconciliation> {
  const examined: Record<string, number> = {};
  const found: Finding[] = [];
  let isCut = false;
  for (const pass of passes) {
    examined[pass.name] = 0;
    let after: string | null = null;
    for (let more = !isCut; more; ) {
      signal.throwIfAborted();
      const keys: string[] = await pass.keys(after, pageSize);
      found.push(...named(pass, await pass.examine(keys)));
      examined[pass.name] = (examined[pass.name] ?? 0) + keys.length;
      after = keys.at(-1) ?? null;
      isCut = found.length >= maxDifferences;
      more = keys.length === pageSize && !isCut;
      progress(`${pass.name}: ${examined[pass.name]} examined, ${found.length} to look at again`);
    }
  }
  if (found.length === 0) return { examined, differences: [], isCut };
  progress(`${found.length} to look at again in ${settleMs / 1000} s`);
  await sleep(settleMs, undefined, { signal });
  return { examined, differences: await stillThere(passes, found, pageSize), isCut };
}

/** Those of them that are found when they are looked at again. */
async function stillThere(passes: readonly Pass[], found: readonly Finding[], pageSize: number): Promise<Finding[]> {
  const known = new Set(found.map(nameOf));
  return (await lookAgain(passes, found, pageSize)).filter((one) => known.has(nameOf(one)));
}

/** What is wrong now about whatever these are about, each once. */
export async function lookAgain(
  passes: readonly Pass[],
  found: readonly Finding[],
  pageSize: number,
): Promise<Finding[]> {
  const again = new Map<string, Finding>();
  for (const pass of passes) {
    const keys = [...new Set(found.filter((one) => one.pass === pass.name).map(({ subject }) => subject))];
    for (let start = 0; start < keys.length; start += pageSize) {
      const now = await pass.examine(keys.slice(start, start + pageSize));
      for (const one of named(pass, now)) again.set(nameOf(one), one);
    }
  }
  return [...again.values()];
}

const named = (pass: Pass, differences: readonly Difference[]): Finding[] =>
  differences.map((difference) => ({ ...difference, pass: pass.name }));

/** Two passes may come upon the same. */
const nameOf = ({ kind, subject, detail }: Difference): string => `${kind}\n${subject}\n${detail}`;
