/** `npm run test:observability`: rules, dashboards and runbooks against the code, and every query against a real Prometheus. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOwnStack } from '../../e2e/src/onsale/own-stack.ts';
import { accessOf } from '../../e2e/src/stack-access.ts';
import { findPrometheus } from '../../infra/bootstrap/prometheus.mjs';
import type { Stack } from '../../infra/stack/index.mjs';
import { onStopSignals } from '../../infra/stack/signals.mjs';
import { allQueries, root } from './files.ts';
import { thresholdsRemoved } from './promql.ts';
import { rightlyEmpty } from './rightly-empty.ts';
import { type RunningPrometheus, startPrometheus } from './running-prometheus.ts';

const usage = `npm run test:observability
Checks alert rules, dashboards and runbooks against each other and against the metrics of the code, runs promtool's unit tests,
then plays a short on-sale day (300 fans, 60 seats) on a system of its own with a real Prometheus beside it: every query of
every alert and panel must bring data, or be listed in tools/observability/rightly-empty.ts, and no alert may fire.
Then payment-worker is taken away, which an alert must notice.
Prometheus is Debian's, unpacked into .stagedoor/cache where it is not installed. Takes about a minute.`;

const SCRAPE_SECONDS = 2;
const HOLD_TTL_MS = 10_000;
// What Grafana puts in for a page of 15 minutes that is scraped every 5 seconds is no less.
const RATE_INTERVAL = '20s';
const NOTICED_WITHIN_MS = 20_000;
const POLL_MS = 500;
const CROWD = `--fans 300 --seats 60 --seconds 30 --limit 120 --seed 7 --hold-ttl ${HOLD_TTL_MS / 1000}`.split(' ');

const say = (line: string): void => console.log(line);
let passed = 0;
let failed = 0;
function check(what: string, problem: string | null): void {
  problem === null ? passed++ : failed++;
  if (problem !== null) say(`FAILED ${what}: ${problem}`);
}

async function run(args: string[], env: Record<string, string> = {}): Promise<number> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** A crowd buys while Prometheus looks; answers the stretch of time, in seconds since 1970. */
async function play(stack: Stack): Promise<{ from: number; to: number }> {
  const { databases, kafka } = accessOf(stack);
  const from = Date.now() / 1000;
  const code = await run(['e2e/src/onsale/main.ts', '--url', stack.urls.edge, ...CROWD], {
    ONSALE_MYSQL_URL: databases.queue,
    KAFKA_BROKERS: kafka.brokers.join(','),
  });
  check('the crowd buys, and the invariants hold', code === 0 ? null : `exit code ${code}`);
  return { from, to: Date.now() / 1000 };
}

async function askEverything(prometheus: RunningPrometheus, { from, to }: { from: number; to: number }): Promise<void> {
  const queries = allQueries();
  let series = 0;
  for (const { where, expr } of queries) {
    // An alert that does not fire is empty: what it compares must be there.
    const parts = where.startsWith('alert ')
      ? thresholdsRemoved(expr)
      : [expr.replaceAll('$__rate_interval', RATE_INTERVAL)];
    for (const part of parts) {
      try {
        const found = (await prometheus.range(part, from, to, SCRAPE_SECONDS)).filter(
          ({ values }) => values.length > 0,
        );
        series += found.length;
        check(where, found.length > 0 || where in rightlyEmpty ? null : `no data for ${part}`);
      } catch (error) {
        check(where, (error as Error).message);
      }
    }
  }
  const unknown = Object.keys(rightlyEmpty).filter((where) => !queries.some((query) => query.where === where));
  check('rightly-empty.ts names queries that there are', unknown.length === 0 ? null : unknown.join('; '));
  say(`${queries.length} queries brought ${series} series; ${Object.keys(rightlyEmpty).length} are rightly empty:`);
  for (const [where, why] of Object.entries(rightlyEmpty)) say(`  ${where}: ${why}`);
  for (const { name, health, lastError, state } of await prometheus.rules()) {
    check(`rule ${name} is evaluated`, health === 'ok' ? null : `${health} ${lastError}`);
    check(`alert ${name} does not fire in a good run`, state === 'firing' ? 'it fires' : null);
  }
}

/** One outage of the real thing: the alert is on its way to somebody. */
async function takeAway(stack: Stack, prometheus: RunningPrometheus): Promise<void> {
  await stack.stopApp('payment-worker');
  const until = performance.now() + NOTICED_WITHIN_MS;
  let state: string | undefined = 'unknown';
  while (performance.now() < until && state !== 'pending' && state !== 'firing') {
    await sleep(POLL_MS);
    state = (await prometheus.rules()).find(({ name }) => name === 'StagedoorAppDown')?.state;
  }
  const noticed = state === 'pending' || state === 'firing';
  check('StagedoorAppDown notices that payment-worker is gone', noticed ? null : `it is ${state}`);
}

/** What a scrape takes, as Prometheus sees it. */
async function sayCost(prometheus: RunningPrometheus, { from, to }: { from: number; to: number }): Promise<void> {
  const most = async (metric: string) => {
    const found = await prometheus.range(metric, from, to, SCRAPE_SECONDS);
    return new Map(found.map(({ labels, values }) => [labels.job ?? '', Math.max(...values)]));
  };
  const [seconds, samples] = [await most('scrape_duration_seconds'), await most('scrape_samples_scraped')];
  for (const [job, longest] of seconds) {
    say(`${job}: ${samples.get(job)} samples, the slowest scrape took ${(longest * 1000).toFixed(0)} ms`);
  }
}

if (process.argv.includes('--help')) {
  say(usage);
  process.exit(0);
}
const interrupted = new AbortController();
let stack: Stack | undefined;
onStopSignals({
  onFirst: (signal) => interrupted.abort(new Error(`stopped by ${signal}`)),
  onSecond: () => {
    stack?.killNow();
    process.exit(130);
  },
});
let prometheus: RunningPrometheus | undefined;
try {
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const code = await run([vitest, 'run', '--project', 'tools', 'tools/observability/', 'tools/docs/']);
  check('rules, dashboards, runbooks and metrics fit together', code === 0 ? null : 'see above');
  const program = findPrometheus('prometheus');
  if (program === null) throw new Error('there is no Prometheus');
  stack = await startOwnStack({ replicas: 1, holdTtlMs: HOLD_TTL_MS }, interrupted.signal, {
    // Its gauges are there with a provider that is known, also if nobody calls it.
    envOf: (app) => (app === 'payment-worker' ? { PROVIDER_URL: 'http://127.0.0.1:1' } : {}),
  });
  const targets = Object.entries(stack.urls.apps).map(([app, urls]) => [app, urls.map((url) => new URL(url).host)]);
  prometheus = await startPrometheus(program, Object.fromEntries(targets), SCRAPE_SECONDS);
  const stretch = await play(stack);
  interrupted.signal.throwIfAborted();
  await askEverything(prometheus, stretch);
  await sayCost(prometheus, stretch);
  await takeAway(stack, prometheus);
} catch (error) {
  check('it could be run', error instanceof Error ? error.message : String(error));
} finally {
  await prometheus?.stop();
  await stack?.stop();
}
say('Not run: Grafana, which could not be had here. Its dashboards are made, and typed, by its own SDK.');
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
