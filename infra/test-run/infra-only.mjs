/** `npm test -- --infra-only`: the tests' infrastructure alone, until Ctrl-C, for running one project's vitest. */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeEnvFile } from '../stack/env-file.mjs';
import { homeFolder } from '../stack/folder.mjs';
import { onStopSignals } from '../stack/signals.mjs';
import { startTestInfrastructure } from '../stack/test-infrastructure.mjs';

/**
 * @param {{ envFile?: string, report: import('../stack/report.mjs').Report }} options `envFile`: where the variables go
 */
export async function keepTestInfrastructure({ envFile = join(homeFolder(), 'test.env'), report }) {
  const infrastructure = await startTestInfrastructure({ name: `test-${process.pid}`, report });
  mkdirSync(dirname(envFile), { recursive: true });
  writeEnvFile(envFile, infrastructure.env, { exported: true });
  report.note(
    `Test infrastructure is up. In another terminal:\n\n  . '${envFile}'\n  npx vitest run --project <name>\n\nCtrl-C stops it.`,
  );
  await new Promise((resolve) => {
    onStopSignals({
      onFirst: resolve,
      onSecond: () => {
        infrastructure.killNow();
        process.exit(130);
      },
    });
  });
  rmSync(envFile, { force: true });
  await infrastructure.stop();
}
