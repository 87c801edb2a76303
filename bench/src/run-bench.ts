import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeFolder } from '../../infra/stack/index.mjs';
import { type EmptyPost, measureEmptyPosts } from './floor/empty-post.ts';
import { commit, type Machine, machine } from './measure/machine.ts';
import type { SuiteRecord } from './measure/record.ts';
import { type BenchOptions, duration, totalSeconds } from './options.ts';
import { progressLine } from './progress.ts';
import { tableText } from './report/table.ts';
import { type BenchContext, emptyCallsOf, secondsOf } from './suites/suite.ts';
import { benchKeys } from './tokens/keys.ts';
import { SignedTokens } from './tokens/signed-tokens.ts';

/** What a run came to: the shape of bench/results/latest.json. */
export interface BenchReport {
  at: string;
  machine: Machine;
  versions: Record<string, string>;
  commit: string;
  suites: Record<string, SuiteRecord>;
}

/** Runs the suites one after another, and prints as it goes. */
export async function runBench(
  { suites, measureMs, warmUpMs, scale, profile }: BenchOptions,
  {
    signal,
    killSignal,
    onSuite,
  }: {
    signal: AbortSignal;
    killSignal?: AbortSignal;
    /** Told after each suite what there is so far. */
    onSuite?: (report: BenchReport) => void;
  },
): Promise<BenchReport> {
  const progress = progressLine();
  const home = join(homeFolder(), 'bench');
  const keys = benchKeys(join(home, 'keys'));
  const folder = mkdtempSync(join(tmpdir(), 'stagedoor-bench-'));
  mkdirSync(home, { recursive: true });
  if (profile !== null) mkdirSync(profile, { recursive: true });
  const report: BenchReport = {
    at: new Date().toISOString(),
    machine: machine(),
    versions: {},
    commit: await commit(),
    suites: {},
  };
  let posts: Promise<EmptyPost[]> | undefined;
  const context: BenchContext = {
    measureMs,
    warmUpMs,
    scale,
    keys,
    tokens: new SignedTokens(join(home, 'tokens'), keys, progress.say),
    learned: (versions) => void Object.assign(report.versions, versions),
    folder,
    tell: progress.say,
    progress: progress.show,
    emptyPosts() {
      posts ??= measureEmptyPosts(context, emptyCallsOf(suites));
      return posts;
    },
    measured: report.suites,
    signal,
    ...(profile === null ? {} : { profileFolder: profile }),
    ...(killSignal === undefined ? {} : { killSignal }),
  };
  progress.say(
    `${suites.length} suites, about ${duration(totalSeconds(suites, context))} (tokens that are not signed yet come on top)`,
  );
  try {
    for (const [index, suite] of suites.entries()) {
      signal.throwIfAborted();
      progress.say(
        `[${index + 1}/${suites.length}] ${suite.name}: ${suite.summary} (about ${duration(secondsOf(suite, context))})`,
      );
      const startedMs = performance.now();
      const records = await recordsOf(suite, context);
      const took = (performance.now() - startedMs) / 1000;
      for (const [name, record] of Object.entries(records))
        report.suites[name] = { commit: report.commit, runAt: report.at, ...record };
      onSuite?.(report);
      progress.say(`${tableText(records)}\n    took ${duration(took)}`);
    }
  } finally {
    progress.end();
    rmSync(folder, { recursive: true, force: true });
  }
  return report;
}

/** A suite that fails is a record that does not count; the others still run. */
async function recordsOf(
  suite: BenchOptions['suites'][number],
  context: BenchContext,
): Promise<Record<string, SuiteRecord>> {
  try {
    return await suite.run(context);
  } catch (error) {
    context.signal.throwIfAborted();
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { [suite.name]: { valid: false, notes: [`failed: ${message}`] } };
  }
}
