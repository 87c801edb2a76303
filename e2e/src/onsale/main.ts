import { writeFileSync } from 'node:fs';
import { checkInvariants, type InvariantReport, type SystemAccess } from '@stagedoor/testkit';
import type { Stack } from '../../../infra/stack/index.mjs';
import { onStopSignals } from '../../../infra/stack/signals.mjs';
import { ApiClient } from '../client/api-client.ts';
import { openConcert } from '../crowd/opening.ts';
import { runCrowd } from '../crowd/run.ts';
import { Tally } from '../crowd/tally.ts';
import { accessOf } from '../stack-access.ts';
import { killEachOnce } from './kills.ts';
import { type OnsaleOptions, parseOptions, UsageError, usage } from './options.ts';
import { SWEEP_MS, startOwnStack } from './own-stack.ts';
import { progressLine } from './progress.ts';
import { reportJson, reportText } from './report.ts';

const HOLD_LIMIT = 4;

/** Where a system that is already running can be looked into, if the environment says. */
function accessFromEnvironment(): SystemAccess | null {
  const { ONSALE_MYSQL_URL: mysqlUrl, KAFKA_BROKERS: kafkaBrokers } = process.env;
  return mysqlUrl === undefined || kafkaBrokers === undefined
    ? null
    : accessOf({ admin: { mysqlUrl, kafkaBrokers, redisUrl: '' } });
}

let ownStack: Stack | undefined;

async function play(options: OnsaleOptions, interrupted: AbortSignal): Promise<boolean> {
  const stack = options.url === null ? await startOwnStack(options, interrupted) : null;
  ownStack = stack ?? undefined;
  const tally = new Tally();
  const baseUrl = options.url ?? (stack?.urls.edge as string);
  const api = new ApiClient(baseUrl, {
    connections: 256,
    observe: (operation, status, ms) => {
      tally.time(operation, ms);
      if (status === 0 || status >= 500) tally.count(`error: ${operation} ${status === 0 ? 'connection' : status}`);
    },
  });
  const kills = new AbortController();
  try {
    console.error(
      `seed ${options.seed}: ${options.fans} fans within ${options.arrivalMs / 1000} s, ${options.seats} seats`,
    );
    const { scheduleId } = await openConcert(api, options.seats, `Onsale ${options.seed}`);
    const progress = progressLine(tally);
    const killing = options.kill && stack !== null ? killEachOnce(stack, kills.signal, progress.say) : undefined;
    const result = await runCrowd({
      ...options,
      api,
      baseUrl,
      scheduleId,
      tally,
      signal: interrupted,
      progress: progress.show,
    });
    kills.abort();
    await killing;
    progress.end();

    const access = stack === null ? accessFromEnvironment() : accessOf(stack);
    let invariants: InvariantReport | null = null;
    if (access !== null) {
      console.error('checking the invariants once everything has settled');
      invariants = await checkInvariants(
        access,
        { holdLimit: HOLD_LIMIT, sweepMs: SWEEP_MS },
        options.holdTtlMs + 30_000,
      );
    }
    console.log(reportText(result, tally, invariants));
    if (options.json !== null) {
      writeFileSync(options.json, `${JSON.stringify(reportJson(result, tally, invariants, options.seed), null, 2)}\n`);
    }
    return invariants === null || invariants.violations.length === 0;
  } finally {
    kills.abort();
    await api.close();
    await stack?.stop();
  }
}

const interrupted = new AbortController();
onStopSignals({
  onFirst: (signal) => {
    console.error(`\n${signal}: stopping. Once more kills at once.`);
    interrupted.abort(new Error(`stopped by ${signal}`));
  },
  onSecond: () => {
    ownStack?.killNow();
    process.exit(130);
  },
});
try {
  const options = parseOptions(process.argv.slice(2), Math.floor(Math.random() * 2 ** 32));
  if (options === null) console.log(usage);
  else process.exitCode = (await play(options, interrupted.signal)) ? 0 : 1;
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
