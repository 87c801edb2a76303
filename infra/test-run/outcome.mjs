/** What the steps of `npm test` add up to. */

/** @typedef {{ passed: number, failed: number }} Outcome */

/** @param {Outcome[]} outcomes @returns {Outcome} */
export function sum(outcomes) {
  return outcomes.reduce((all, one) => ({ passed: all.passed + one.passed, failed: all.failed + one.failed }), {
    passed: 0,
    failed: 0,
  });
}

/** The last line of all, read by programs. @param {Outcome} outcome */
export const summaryLine = ({ passed, failed }) => `${passed} passed, ${failed} failed`;

/**
 * Counts vitest's JSON report. A file that could not even be loaded holds no test that failed, and is one failure all
 * the same; so is an exit code for which the report gives no reason (an unhandled rejection, no file found).
 * @param {any} report null if vitest wrote none
 * @param {number | null} exitCode null: ended by a signal
 * @returns {Outcome}
 */
export function vitestOutcome(report, exitCode) {
  if (report === null) return { passed: 0, failed: 1 };
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + broken;
  return { passed: report.numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}
