/** `node infra/run.mjs <program> [arguments]`: sets up what is missing, then runs one of the project's programs on Node 24. */
import { bootstrap } from './bootstrap/index.mjs';
import { runProgram } from './launch/run-program.mjs';
import { APP_NAMES } from './stack/apps.mjs';
import { terminalReport } from './stack/report.mjs';

const [program, ...args] = process.argv.slice(2);
try {
  await bootstrap({ apps: APP_NAMES, yes: false, report: terminalReport() });
  process.exit(await runProgram(program, args));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
