import { expect, test } from 'vitest';
import type { BenchReport } from '../run-bench.ts';
import { withFigures } from './markdown.ts';

const section = (name: string, text = 'old\n') =>
  `<!-- figures:${name}:start (made) -->\n${text}<!-- figures:${name}:end -->`;
const document = `# A\n\n${section('suites')}\n\nbetween\n\n${section('capacity')}\n`;
const report: BenchReport = {
  at: '2026-11-26T12:20:00.000Z',
  machine: { cpu: 'Some CPU', cores: 2, memoryGiB: 24, kernel: '6.1', loadBefore: 0.1 },
  versions: { node: '24' },
  commit: 'abc',
  suites: {
    'joins-0': {
      valid: true,
      offeredPerSecond: 10_003.4,
      perSecond: 9_990,
      answerMs: { p50: 1.26, p95: 12, p99: 30, max: 40 },
      errors: 0,
      cpuMicrosPerOp: { 'queue-gateway': 65, redis: 13, total: 78 },
      timesFloor: 1.234,
    },
  },
};

test('figures are written between their marks, and nothing else is touched', () => {
  const written = withFigures(document, report);
  expect(written).toContain('| joins-0 | 10003 | 9990 |  | 1.3 / 12 / 30 |  | 0 | 78 | 1.23 | yes |');
  // 65 us, 100,000 times a second, at 65 % of a core.
  expect(written).toContain('| 100,000 joins/s: queue-gateway | 65 | 10 | 10 | 10,000/s |');
  expect(written).toContain('\n\nbetween\n\n');
  expect(written).not.toContain('old');
  expect(withFigures(written, report)).toBe(written);
});

test('without a record, or without the suite, it says so', () => {
  expect(withFigures(document, null).match(/No run is recorded/g)).toHaveLength(2);
  expect(withFigures(section('comparison'), report)).toContain('No run is recorded');
});

test('a mark that names nothing is an error', () => {
  expect(() => withFigures(section('nonsense'), report)).toThrow('nonsense');
});
