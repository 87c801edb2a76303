/**
 * `npm test`: everything. `npm test -- <arguments>`: vitest with these. `npm test -- --infra-only [--write-env=<file>]`:
 * the tests' infrastructure until Ctrl-C. `--yes` with any of them: do not ask before apt installs what is missing.
 * (Not "--env-file": Node 20 takes that for itself wherever it stands.)
 */
import { TEST_HELP } from './launch/help.mjs';
import { terminalReport } from './stack/report.mjs';
import { keepTestInfrastructure } from './test-run/infra-only.mjs';
import { runTests } from './test-run/run-tests.mjs';

const WRITE_ENV = '--write-env=';
const yes = process.argv.includes('--yes');
const args = process.argv.slice(2).filter((arg) => arg !== '--yes');
const report = terminalReport();

if (args.includes('--help') || args.includes('-h')) {
  console.log(TEST_HELP);
  process.exit(0);
}
if (args.includes('--infra-only')) {
  const envFile = args.find((arg) => arg.startsWith(WRITE_ENV))?.slice(WRITE_ENV.length);
  process.exit(await keepTestInfrastructure({ envFile, yes, report }));
}
process.exit(await runTests({ args, yes, report }));
