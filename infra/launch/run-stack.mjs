/** The whole life of a launcher: prepare, start, say so, wait, stop. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap } from '../bootstrap/index.mjs';
import { APP_NAMES } from '../stack/apps.mjs';
import { writeEnvFile } from '../stack/env-file.mjs';
import { MAIN_STACK, stackFolders } from '../stack/folder.mjs';
import { startStack } from '../stack/index.mjs';
import { removeAbandonedStacks } from '../stack/leftovers.mjs';
import { FolderInUseError, lockOwner } from '../stack/lock.mjs';
import { terminalReport } from '../stack/report.mjs';
import { keepTestInfrastructure } from '../test-run/infra-only.mjs';
import { parseArguments, UsageError } from './arguments.mjs';
import { HELP } from './help.mjs';
import { readableLogLine } from './log-line.mjs';
import { createStopControl, StoppedError } from './stop-control.mjs';
import { welcome } from './welcome.mjs';

/**
 * @param {string[]} args
 * @param {{ watch?: boolean, stack?: Partial<import('../stack/index.d.mts').StackOptions> }} [options]
 * @returns {Promise<number>} the exit code
 */
export async function runStack(args, { watch = false, stack = {} } = {}) {
  const report = terminalReport({ format: readableLogLine });
  try {
    const options = parseArguments(args);
    if (options.help) {
      report.note(HELP);
      return 0;
    }
    if (options.test) return await keepTestInfrastructure({ yes: options.yes, report });
    return await run({ options, settings: { name: MAIN_STACK, watch, ...stack }, report });
  } catch (error) {
    if (error instanceof StoppedError) return 130;
    const expected = error instanceof UsageError || error instanceof FolderInUseError || error.code === undefined;
    report.note(`\n${expected ? error.message : error.stack}`);
    return 1;
  }
}

async function run({ options, settings, report }) {
  const start = performance.now();
  const folders = stackFolders(settings.name);
  const owner = lockOwner(folders.run);
  if (owner !== null) throw new FolderInUseError(folders.folder, owner);

  const control = createStopControl(report);
  const { signal } = control;
  const infrastructure = await bootstrap({ apps: APP_NAMES, yes: options.yes, report, signal });
  await removeAbandonedStacks();
  const only = options.infraOnly ? [] : APP_NAMES.filter((app) => !options.without.includes(app));
  const { killSignal } = control;
  const stack = await startStack({
    only,
    infrastructure,
    profile: options.profile,
    report,
    signal,
    killSignal,
    ...settings,
  });
  try {
    for (const app of APP_NAMES) writeEnvFile(join(folders.env, `${app}.env`), stack.env(app));
    const seconds = (performance.now() - start) / 1000;
    report.note(welcome(stack, { seconds, infraOnly: options.infraOnly, without: options.without }));
    await control.stopped();
  } finally {
    await stack.stop();
    // An environment that leads nowhere would only make a puzzling error.
    rmSync(folders.env, { recursive: true, force: true });
  }
  report.note('Everything has stopped.');
  return 0;
}
