/**
 * `node infra/run.mjs [--faults | --observability] <program> [arguments]`: sets up what is missing, then runs one of the
 * project's programs on Node 24. `--faults`: it breaks connections and moves clocks, and needs what does that;
 * `--observability`: it asks a Prometheus.
 */
import { bootstrap } from './bootstrap/index.mjs';
import { runProgram } from './launch/run-program.mjs';
import { APP_NAMES } from './stack/apps.mjs';
import { terminalReport } from './stack/report.mjs';

const words = process.argv.slice(2);
const needs = ['--faults', '--observability'].includes(words[0]) ? words[0] : '';
const [program, ...args] = needs === '' ? words : words.slice(1);
try {
  await bootstrap({
    apps: APP_NAMES,
    yes: false,
    faults: needs === '--faults',
    observability: needs === '--observability',
    report: terminalReport(),
  });
  process.exit(await runProgram(program, args));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
