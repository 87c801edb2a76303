import type { SuiteRecord } from '../measure/record.ts';
import type { BenchReport } from '../run-bench.ts';
import { capacityTable } from './capacity.ts';
import { comparison } from './comparison.ts';
import { figure, table } from './markdown-table.ts';
import { besidePrototype } from './table.ts';
import { targetLines } from './targets.ts';

const SECTION = /(<!-- figures:(\w+):start[^>]*-->\n)[\s\S]*?(<!-- figures:\2:end -->)/g;
const NOTHING_YET = '_No run is recorded yet: `npm run bench`, then `npm run docs`._';

/** Parts of a document that are made from the record, by the name in their marks. */
const SECTIONS: Record<string, (report: BenchReport) => string> = {
  machine: machineText,
  suites: suitesTable,
  processes: processesTable,
  comparison: comparisonTable,
  targets: targetsTable,
  capacity: ({ suites }) => capacityTable(suites),
};

/**
 * A document with its figures written anew from the record, so that none is copied by hand; null: nothing is recorded.
 * @throws when a mark names a part that there is not
 */
export function withFigures(document: string, report: BenchReport | null): string {
  return document.replace(SECTION, (_, start: string, name: string, end: string) => {
    const write = SECTIONS[name];
    if (write === undefined) throw new Error(`there are no figures "${name}"`);
    return `${start}${(report === null ? '' : write(report)) || NOTHING_YET}\n${end}`;
  });
}

const percentiles = (of: SuiteRecord['answerMs']): string =>
  of === undefined ? '' : [of.p50, of.p95, of.p99].map(figure).join(' / ');

function machineText({ machine, versions, commit, at }: BenchReport): string {
  const parts = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${at.slice(0, 16).replace('T', ' ')} UTC, commit ${commit}: ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGiB} GiB,`,
    `Linux ${machine.kernel}, load before the run ${machine.loadBefore}; ${parts.join(', ')}.`,
  ].join('\n');
}

function suitesTable({ suites }: BenchReport): string {
  const head = [
    'suite',
    'offered/s',
    'answered/s',
    'settled/s',
    'answer p50 / p95 / p99 ms',
    'settle p50 / p95 / p99 ms',
    'errors',
    'us of CPU',
    'times floor',
    'counts',
  ];
  return table(
    head,
    Object.entries(suites).map(([name, record]) => [
      name,
      figure(record.offeredPerSecond),
      figure(record.perSecond),
      figure(record.settledPerSecond),
      percentiles(record.answerMs),
      percentiles(record.settleMs),
      record.errors === undefined ? '' : String(record.errors),
      figure(record.cpuMicrosPerOp?.total),
      record.timesFloor?.toFixed(2) ?? '',
      record.valid ? 'yes' : 'no',
    ]),
  );
}

/** Microseconds of CPU of one operation, by process, and beside the raw prototype. */
function processesTable({ suites }: BenchReport): string {
  const measured = Object.entries(suites).filter(([, { cpuMicrosPerOp }]) => cpuMicrosPerOp !== undefined);
  const names = [...new Set(measured.flatMap(([, { cpuMicrosPerOp = {} }]) => Object.keys(cpuMicrosPerOp)))].filter(
    (name) => name !== 'total',
  );
  const figures = table(
    ['us of CPU per operation', ...names, 'total'],
    measured.map(([suite, { cpuMicrosPerOp = {} }]) => [
      suite,
      ...[...names, 'total'].map((name) => figure(cpuMicrosPerOp[name])),
    ]),
  );
  const beside = measured.flatMap(([name, record]) => {
    const text = besidePrototype(name, record);
    return text === null ? [] : [`- ${name}: ${text}`];
  });
  return [figures, ...(beside.length === 0 ? [] : ['', ...beside])].join('\n');
}

function comparisonTable({ suites }: BenchReport): string {
  return table(
    ['', 'before, 500 at once', 'before, no cap', 'after', ''],
    comparison(suites).map(({ day, what, unit, before, uncapped, after, better }) => [
      `${day}: ${what}${unit === '' ? '' : `, ${unit}`}`,
      figure(before),
      figure(uncapped),
      figure(after),
      better >= 1 ? `${better.toFixed(1)} times better` : 'the old way wins',
    ]),
  );
}

function targetsTable({ suites }: BenchReport): string {
  return table(
    ['target', 'wanted', 'came to', ''],
    targetLines(suites).map(({ suite, what, wanted, found, met }) => [
      `${suite}: ${what}`,
      wanted,
      found,
      met ? 'met' : '**missed**',
    ]),
  );
}
