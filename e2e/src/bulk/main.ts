import { writeFileSync } from 'node:fs';
import { type Stack, startStack } from '../../../infra/stack/index.mjs';
import { onStopSignals } from '../../../infra/stack/signals.mjs';
import { ApiClient } from '../client/api-client.ts';
import { accessOf } from '../stack-access.ts';
import { Kills } from './kills.ts';
import { type BulkOptions, parseOptions, UsageError, usage } from './options.ts';
import { failuresOf, reportJson, reportText } from './report.ts';
import { runBulk } from './run.ts';

const apps = ['queue-gateway', 'reservation-service', 'payment-worker', 'result-worker'] as const;
const tell = (text: string): void => console.error(text);
let stack: Stack | undefined;

async function play(options: BulkOptions, signal: AbortSignal): Promise<boolean> {
  const { seats, ratePerSecond, baselineMs, kill, replicas, json } = options;
  stack = await startStack({
    profile: 'load',
    replicas: Object.fromEntries(apps.map((app) => [app, replicas])),
    env: {
      'reservation-service': { SAMPLE_CONCERT: 'false', CANCELLATIONS_PER_SECOND: String(options.endedPerSecond) },
    },
    keepData: true,
    report: { note: tell, step: tell, line: () => {} },
    signal,
  });
  const api = new ApiClient(stack.urls.edge, { connections: 256 });
  try {
    const kills = kill ? new Kills(stack, seats, tell) : null;
    let killed = 0;
    const result = await runBulk({
      api,
      access: accessOf(stack),
      seats,
      ratePerSecond,
      baselineMs,
      onProgress: (progress) => kills?.see(progress),
      afterwards: async () => {
        killed = (await kills?.over()) ?? 0;
      },
      tell,
    });
    console.log(reportText(result, killed));
    if (json !== null) writeFileSync(json, `${JSON.stringify(reportJson(result, killed), null, 2)}\n`);
    return failuresOf(result).length === 0;
  } finally {
    await api.close();
    await stack.stop();
  }
}

const interrupted = new AbortController();
onStopSignals({
  onFirst: (signal) => {
    console.error(`\n${signal}: stopping. Once more kills at once.`);
    interrupted.abort(new Error(`stopped by ${signal}`));
    void stack?.stop().finally(() => process.exit(130));
  },
  onSecond: () => {
    stack?.killNow();
    process.exit(130);
  },
});
try {
  const options = parseOptions(process.argv.slice(2));
  if (options === null) console.log(usage);
  else process.exitCode = (await play(options, interrupted.signal)) ? 0 : 1;
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
