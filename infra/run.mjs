/** `node infra/run.mjs <program> [arguments]`: sets up what is missing, then runs one of the project's programs on Node 24. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { bootstrap } from './bootstrap/index.mjs';
import { APP_NAMES } from './stack/apps.mjs';
import { repositoryRoot } from './stack/folder.mjs';
import { node24 } from './stack/node24.mjs';
import { terminalReport } from './stack/report.mjs';

const [program, ...args] = process.argv.slice(2);
try {
  await bootstrap({ apps: APP_NAMES, yes: false, report: terminalReport() });
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const child = spawn(node24(), [join(repositoryRoot, program), ...args], { stdio: 'inherit' });
// A terminal sends these to the program as well, which stops in order: here is only to wait for it.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
const [code, signal] = await once(child, 'exit');
process.exit(code ?? (signal === null ? 1 : 130));
