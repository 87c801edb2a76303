import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { homeFolder } from '../../infra/stack/index.mjs';
import { onStopSignals } from '../../infra/stack/signals.mjs';
import { type BenchOptions, parseOptions, UsageError, usage } from './options.ts';
import { comparison, comparisonText } from './report/comparison.ts';
import { reportHtml } from './report/html.ts';
import { profileText } from './report/profile.ts';
import { record, reportJson } from './report/results.ts';
import { tableText } from './report/table.ts';
import { targetLines, targetText } from './report/targets.ts';
import { type BenchReport, runBench } from './run-bench.ts';

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

const folder = join(homeFolder(), 'bench');

/** After each suite: what was measured is not lost with a run that is stopped. */
function keepSoFar(report: BenchReport): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'last.json'), reportJson(report));
  writeFileSync(join(folder, 'last.html'), reportHtml(report));
}

function keep(report: BenchReport, { json, records, scale }: BenchOptions): void {
  const texts = [tableText(report.suites), comparisonText(comparison(report.suites))];
  // A hundredth of a load is not to be held against the whole one's targets.
  if (scale === 1) texts.push(targetText(targetLines(report.suites)));
  console.log(`\n${texts.filter((text) => text !== '').join('\n\n')}`);
  if (json !== null) writeFileSync(json, reportJson(report));
  if (records) console.error(`recorded: ${record(report)}; npm run docs writes it into docs/`);
  else console.error(`not recorded (npm run bench -- --help says when); to look at: ${join(folder, 'last.html')}`);
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (typeof options === 'string') console.log(options);
  else {
    const report = await runBench(options, {
      signal: interrupted.signal,
      killSignal: killed.signal,
      onSuite: keepSoFar,
    });
    keep(report, options);
    if (options.profile !== null) console.log(profileText(options.profile));
    process.exitCode = Object.values(report.suites).every(({ valid }) => valid) ? 0 : 1;
  }
} catch (error) {
  if (interrupted.signal.aborted) process.exitCode = 130;
  else {
    console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : error);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
