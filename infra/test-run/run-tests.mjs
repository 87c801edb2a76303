/** `npm test`: bootstrap, checks, infrastructure of its own, all tests, and one last line. */
import { bootstrap } from '../bootstrap/index.mjs';
import { createStopControl, StoppedError } from '../launch/stop-control.mjs';
import { APP_NAMES } from '../stack/apps.mjs';
import { removeAbandonedStacks } from '../stack/leftovers.mjs';
import { startTestInfrastructure } from '../stack/test-infrastructure.mjs';
import { runChecks } from './checks.mjs';
import { sum, summaryLine } from './outcome.mjs';
import { runVitest } from './vitest.mjs';

/**
 * @param {{ args: string[], yes: boolean, report: import('../stack/report.mjs').Report }} options
 *   `args` for vitest; with any of them only vitest runs; `yes`: do not ask before apt installs something
 * @returns {Promise<number>} the exit code
 */
export async function runTests({ args, yes, report }) {
  const control = createStopControl(report);
  const { signal, killSignal } = control;
  const outcomes = [];
  let stopped = false;
  try {
    const kind = await bootstrap({ apps: APP_NAMES, yes, tests: true, report, signal });
    await removeAbandonedStacks();
    if (args.length === 0) outcomes.push(await runChecks({ report, signal }));
    const infrastructure = await startTestInfrastructure({
      name: `test-${process.pid}`,
      report,
      signal,
      killSignal,
      infrastructure: kind,
    });
    try {
      outcomes.push(
        await runVitest({ args, env: infrastructure.env, folder: infrastructure.folders.run, signal, killSignal }),
      );
    } finally {
      await infrastructure.stop();
    }
    stopped = signal.aborted;
  } catch (error) {
    stopped = error instanceof StoppedError;
    if (!stopped) {
      report.note(`\n${error.stack}`);
      outcomes.push({ passed: 0, failed: 1 });
    }
  }
  const outcome = sum(outcomes);
  report.note(`\n${summaryLine(outcome)}`);
  if (stopped) return 130;
  return outcome.failed === 0 ? 0 : 1;
}
