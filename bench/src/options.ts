import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { emptyPostsSeconds } from './floor/empty-post.ts';
import { suites } from './suites/index.ts';
import { emptyCallsOf, type Suite, secondsOf } from './suites/suite.ts';

export const usage = `npm run bench -- [suite…] [options]
Measures Stagedoor on this machine: each suite starts a system of its own with production settings (durable commits,
acks from all, authentication, info logging), loads it through the edge at a stated rate whatever comes back, and
counts only if the invariants hold at its end. Without a name all suites run but
those marked "by name" in --list, and bench/results is written anew.

  <suite>            one of --list, or the beginning of several: "payments" runs all payments-…
  --seconds <n>      length of each measured window (30); a shorter one does not count as a record
  --warm-up <n>      seconds at the same rate before it (6)
  --scale <x>        multiplies every rate and amount (1); anything else does not count as a record
  --json <file>      where the figures go, too
  --profile <folder> takes a CPU profile of every app (V8's; open it in a browser's developer tools), and prints where the
                     time went; what is measured meanwhile does not count as a record
  --record           writes bench/results and bench/history.csv also when only some suites ran
  --list             prints the suites and how long each takes
  --help             prints this`;

export interface BenchOptions {
  suites: readonly Suite[];
  measureMs: number;
  warmUpMs: number;
  scale: number;
  json: string | null;
  /** Where CPU profiles of the apps go. */
  profile: string | null;
  /** Whether the results in the repository are written. */
  records: boolean;
}

export class UsageError extends Error {}

export const RECORD_SECONDS = 30;

/** Reads the command line; a text where only that is asked for. */
export function parseOptions(args: string[]): BenchOptions | string {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { values, positionals } = parsed;
  const number = (name: 'seconds' | 'warm-up' | 'scale', least: number, most: number): number => {
    const value = Number(values[name]);
    if (!(value >= least && value <= most)) {
      throw new UsageError(`--${name} takes a number from ${least} to ${most}, not "${values[name]}"`);
    }
    return value;
  };
  const measureMs = number('seconds', 1, 3_600) * 1000;
  const warmUpMs = number('warm-up', 0, 600) * 1000;
  const scale = number('scale', 0.001, 1);
  if (values.help) return usage;
  const chosen = choose(positionals);
  if (values.list) return list(positionals.length === 0 ? suites : chosen, chosen, { measureMs, warmUpMs });
  const inEarnest = values.profile === undefined && scale === 1 && measureMs >= RECORD_SECONDS * 1000;
  if (values.record && !inEarnest)
    throw new UsageError('--record needs the whole scale, at least 30 seconds and no profile');
  return {
    suites: chosen,
    measureMs,
    warmUpMs,
    scale,
    json: values.json ?? null,
    profile: values.profile === undefined ? null : resolve(values.profile),
    records: values.record || (inEarnest && positionals.length === 0),
  };
}

const parse = (args: string[]) =>
  parseArgs({
    args,
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: String(RECORD_SECONDS) },
      'warm-up': { type: 'string', default: '6' },
      scale: { type: 'string', default: '1' },
      json: { type: 'string' },
      profile: { type: 'string' },
      record: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });

function choose(names: readonly string[]): readonly Suite[] {
  if (names.length === 0) return suites.filter(({ onRequest }) => !onRequest);
  for (const name of names) {
    if (!suites.some((suite) => suite.name.startsWith(name))) {
      throw new UsageError(`there is no suite "${name}"; there are ${suites.map((suite) => suite.name).join(', ')}`);
    }
  }
  return suites.filter(({ name }) =>
    names.some(
      (wanted) => name === wanted || (name.startsWith(wanted) && !suites.some((suite) => suite.name === wanted)),
    ),
  );
}

function list(
  shown: readonly Suite[],
  chosen: readonly Suite[],
  times: { measureMs: number; warmUpMs: number },
): string {
  const lines = shown.map((suite) => {
    const alone = suite.onRequest ? ' (by name)' : '';
    return `${suite.name.padEnd(24)} ${duration(secondsOf(suite, times)).padStart(7)}  ${suite.summary}${alone}`;
  });
  const empty = duration(emptyPostsSeconds(emptyCallsOf(chosen), times)).padStart(7);
  const floor = `${'(empty calls)'.padEnd(24)} ${empty}  what a call costs that does nothing: once for all suites, part of each floor`;
  return [floor, ...lines, `${'together'.padEnd(24)} ${duration(totalSeconds(chosen, times)).padStart(7)}`].join('\n');
}

export const totalSeconds = (chosen: readonly Suite[], times: { measureMs: number; warmUpMs: number }): number =>
  chosen.reduce((sum, suite) => sum + secondsOf(suite, times), emptyPostsSeconds(emptyCallsOf(chosen), times));

/** `3:20`, minutes and seconds. */
export const duration = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, '0')}`;
