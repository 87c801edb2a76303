import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { brokenPromises, overloadText } from '../src/overload/report.ts';
import { runOverload } from '../src/overload/run-overload.ts';
import { benchKeys } from '../src/tokens/keys.ts';
import { SignedTokens } from '../src/tokens/signed-tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'stagedoor-overload-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('more payments than can be served: accepted is settled, the rest is refused with 503', async () => {
  const keys = benchKeys(join(folder, 'keys'));
  const report = await runOverload({
    overloadMs: 4_000,
    times: 3,
    capacityMs: 2_000,
    callers: 32,
    ordinaryMs: 6_000,
    fans: 1_000,
    mostPerSecond: 2_000,
    keys,
    tokens: new SignedTokens(join(folder, 'tokens'), keys, () => {}),
    folder,
    // So few that any machine is overloaded before its load generator is.
    env: { 'reservation-service': { HTTP_MAX_IN_FLIGHT: '64' } },
    signal: new AbortController().signal,
    tell: () => {},
    progress: () => {},
  });
  expect(brokenPromises(report), overloadText(report)).toEqual([]);
  expect(report.overload.accepted).toBeGreaterThan(0);
});
