import { writeFileSync } from 'node:fs';
import type { Stack } from '../../../infra/stack/index.mjs';
import { onStopSignals } from '../../../infra/stack/signals.mjs';
import { UsageError } from '../onsale/options.ts';
import { type ChaosOptions, commandOf, parseOptions, usage } from './options.ts';
import { faultLine } from './progress.ts';
import { isWhole, reportJson, reportText } from './report.ts';
import { runChaos } from './run.ts';
import { drawSchedule } from './schedule/draw.ts';

let ownStack: Stack | undefined;

async function play(options: ChaosOptions, interrupted: AbortSignal): Promise<number> {
  if (options.onlySchedule) {
    for (const fault of drawSchedule(options)) {
      console.log(`${(fault.atMs / 1000).toFixed(1).padStart(6)} s  ${faultLine(fault)}`);
    }
    return 0;
  }
  let evidence: string | null = null;
  try {
    const result = await runChaos(options, interrupted, {
      stackStarted: (stack) => {
        ownStack = stack;
      },
      evidenceKept: (folder) => {
        evidence = folder;
      },
    });
    console.log(reportText(result));
    if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(reportJson(result), null, 2)}\n`);
    return isWhole(result) ? 0 : 1;
  } finally {
    if (evidence !== null) {
      console.error(`Logs, faults and journal of this run: ${evidence}`);
      console.error(`The same faults again: ${commandOf(options)}`);
    }
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
  else process.exitCode = await play(options, interrupted.signal);
} catch (error) {
  if (interrupted.signal.aborted) process.exitCode = 130;
  else {
    console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : error);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
