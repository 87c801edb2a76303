import { describe, expect, test } from 'vitest';
import { sum, summaryLine, vitestOutcome } from './outcome.mjs';

const report = (more = {}) => ({ numPassedTests: 3, numFailedTests: 0, testResults: [], ...more });

describe('the last line', () => {
  test('adds all steps up', () => {
    expect(
      summaryLine(
        sum([
          { passed: 3, failed: 0 },
          { passed: 10, failed: 2 },
        ]),
      ),
    ).toBe('13 passed, 2 failed');
    expect(summaryLine(sum([]))).toBe('0 passed, 0 failed');
  });
});

describe("vitest's report", () => {
  test('green and red', () => {
    expect(vitestOutcome(report(), 0)).toEqual({ passed: 3, failed: 0 });
    expect(vitestOutcome(report({ numFailedTests: 1 }), 1)).toEqual({ passed: 3, failed: 1 });
  });

  test('a file that cannot be loaded holds no failed test, and is a failure', () => {
    const testResults = [
      { status: 'failed', assertionResults: [] },
      { status: 'failed', assertionResults: [{ status: 'failed' }] },
    ];
    expect(vitestOutcome(report({ numFailedTests: 1, testResults }), 1)).toEqual({ passed: 3, failed: 2 });
  });

  test('an exit code without a reason, and no report at all', () => {
    expect(vitestOutcome(report(), 1)).toEqual({ passed: 3, failed: 1 });
    expect(vitestOutcome(null, null)).toEqual({ passed: 0, failed: 1 });
  });
});
