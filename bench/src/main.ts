import { writeFileSync } from 'node:fs';
import { onStopSignals } from '../../infra/stack/signals.mjs';
import { parseOptions, UsageError, usage } from './options.ts';
import { runBench } from './run-bench.ts';

const interrupted = new AbortController();
const killed = new AbortController();
onStopSignals({
  onFirst: (signal) => {
    console.error(`\n${signal}: stopping. Once more kills at once.`);
    interrupted.abort(new Error(`stopped by ${signal}`));
  },
  onSecond: () => {
    killed.abort();
    process.exit(130);
  },
});
try {
  const options = parseOptions(process.argv.slice(2));
  if (typeof options === 'string') console.log(options);
  else {
    const report = await runBench(options, { signal: interrupted.signal, killSignal: killed.signal });
    if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
    process.exitCode = Object.values(report.suites).every(({ valid }) => valid) ? 0 : 1;
  }
} catch (error) {
  if (interrupted.signal.aborted) process.exitCode = 130;
  else {
    console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : error);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
