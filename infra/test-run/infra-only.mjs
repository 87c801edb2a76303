/** `npm test -- --infra-only`: the tests' infrastructure alone, until Ctrl-C, for running one project's vitest. */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bootstrap } from '../bootstrap/index.mjs';
import { createStopControl } from '../launch/stop-control.mjs';
import { APP_NAMES } from '../stack/apps.mjs';
import { writeEnvFile } from '../stack/env-file.mjs';
import { homeFolder } from '../stack/folder.mjs';
import { removeAbandonedStacks } from '../stack/leftovers.mjs';
import { startTestInfrastructure } from '../stack/test-infrastructure.mjs';

/**
 * @param {{ envFile?: string, yes: boolean, report: import('../stack/report.mjs').Report }} options `envFile`: where the
 *   variables go; `yes`: do not ask before apt installs something
 * @returns {Promise<number>} the exit code
 */
export async function keepTestInfrastructure({ envFile = join(homeFolder(), 'test.env'), yes, report }) {
  const control = createStopControl(report);
  const { signal, killSignal } = control;
  const kind = await bootstrap({ apps: APP_NAMES, yes, tests: true, report, signal });
  await removeAbandonedStacks();
  const infrastructure = await startTestInfrastructure({
    name: `test-${process.pid}`,
    report,
    signal,
    killSignal,
    infrastructure: kind,
  });
  mkdirSync(dirname(envFile), { recursive: true });
  writeEnvFile(envFile, infrastructure.env, { forShell: true });
  report.note(`
Test infrastructure is up. In another terminal:

  . '${envFile}'
  npx vitest run --project <name>

Ctrl-C stops it.`);
  await control.stopped();
  rmSync(envFile, { force: true });
  await infrastructure.stop();
  return 0;
}
