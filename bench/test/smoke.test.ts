import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { suites } from '../src/suites/index.ts';
import type { BenchContext } from '../src/suites/suite.ts';
import { type System, startSystem } from '../src/system/system.ts';
import { benchKeys } from '../src/tokens/keys.ts';
import { SignedTokens } from '../src/tokens/signed-tokens.ts';

/** That suites work, not how fast: a trickle for a second, on one system for all. */
const START_MS = 180_000;
const SCALE = 0.01;

let system: System | undefined;
let context: BenchContext;
const folder = mkdtempSync(join(tmpdir(), 'bench-smoke-'));

beforeAll(async () => {
  const keys = benchKeys(join(folder, 'keys'));
  const tell = () => {};
  system = await startSystem(keys, { durable: false, tell });
  context = {
    measureMs: 1_000,
    warmUpMs: 500,
    scale: SCALE,
    keys,
    tokens: new SignedTokens(join(folder, 'tokens'), keys, tell),
    learned: tell,
    folder,
    tell,
    progress: tell,
    emptyPosts: async () =>
      [false, true].map((admission) => ({
        admission,
        ratePerSecond: 1,
        record: { valid: true, cpuMicrosPerOp: { edge: 1, total: 1 } },
      })),
    sharedSystem: system,
    measured: {},
    signal: new AbortController().signal,
  };
}, START_MS);

afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
}, START_MS);

/** Those that need nothing but a system as it is; the others start one of their own. */
const sharing = ['joins-100k', 'holds', 'holds-contention', 'payments-wallet-2000', 'journey', 'seatmap', 'backlog'];

test.each(sharing)('%s', async (name) => {
  const suite = suites.find((candidate) => candidate.name === name);
  const records = Object.entries((await suite?.run(context)) ?? {});
  expect(records.map(([recorded]) => recorded)).toEqual([name]);
  for (const [, record] of records) {
    // How fast it is depends on who else uses the machine; that all was done, and nothing went wrong, does not.
    expect({ errors: record.errors ?? 0, invariants: record.invariants }).toEqual({ errors: 0, invariants: 'ok' });
    expect(Number(record.answerMs?.max ?? record.settleMs?.max ?? record.extra?.settled)).toBeGreaterThan(0);
    expect(record.cpuMicrosPerOp).toHaveProperty('reservation-service');
  }
});
