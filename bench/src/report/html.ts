import type { DrainSample } from '../measure/drain.ts';
import type { SuiteRecord } from '../measure/record.ts';
import type { BenchReport } from '../run-bench.ts';
import { type ComparisonLine, comparison } from './comparison.ts';
import { barPlot, escaped, linePlot, type Series } from './svg.ts';
import { besidePrototype } from './table.ts';
import { type TargetLine, targetLines } from './targets.ts';

const STYLE = `
:root { color-scheme: light dark; --page: #fff; --ink: #1c2430; --soft: #5d6876; --line: #dde2e8; --panel: #f6f8fa; --bad: #b3261e; --good: #1b7f3b;
  --c0: #2563eb; --c1: #d97706; --c2: #059669; --c3: #db2777; --c4: #7c3aed; --c5: #64748b; --c6: #0891b2; --c7: #a16207; --c8: #be123c; --c9: #4d7c0f; }
@media (prefers-color-scheme: dark) { :root { --page: #12161c; --ink: #e6eaf0; --soft: #9aa6b4; --line: #2c343e; --panel: #1a2028; --bad: #ff8a80; --good: #6fd08c;
  --c0: #6ea8fe; --c1: #f5b041; --c2: #4ade80; --c3: #f472b6; --c4: #b794f6; --c5: #94a3b8; --c6: #67e8f9; --c7: #eab308; --c8: #fb7185; --c9: #a3e635; } }
body { margin: 0 auto; max-width: 1240px; padding: 24px 16px 64px; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 40px 0 8px; border-bottom: 1px solid var(--line); padding-bottom: 4px; }
p, li { color: var(--soft); } a { color: inherit; } .wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 8px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; } th:first-child, td:first-child { text-align: left; }
th { color: var(--soft); font-weight: 600; } .no { color: var(--bad); font-weight: 600; } .yes { color: var(--good); }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(280px, 1fr)); gap: 12px; }
figure { margin: 12px 0 0; background: var(--panel); border-radius: 8px; padding: 12px; } svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; } svg text.title { fill: var(--ink); font-size: 13px; font-weight: 600; }
.grid { stroke: var(--line); } .line { fill: none; stroke-width: 2; } .note { color: var(--bad); }
${Array.from({ length: 10 }, (_, index) => `.line.c${index} { stroke: var(--c${index}); } .bar.c${index}, .dot.c${index} { fill: var(--c${index}); }`).join('\n')}
`;

const number = (value: number | undefined, digits = 0): string =>
  value === undefined ? '' : value.toFixed(value < 10 ? Math.max(1, digits) : digits);
const three = (of: SuiteRecord['answerMs']): string =>
  of === undefined ? '' : [of.p50, of.p95, of.p99].map((value) => number(value)).join(' / ');

/** The whole report in one file: no script, nothing loaded from anywhere. */
export function reportHtml(report: BenchReport): string {
  const { machine, versions, commit, at, suites } = report;
  const entries = Object.entries(suites);
  const parts = (record: SuiteRecord) =>
    Object.fromEntries(Object.entries(record.cpuMicrosPerOp ?? {}).filter(([name]) => name !== 'total'));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Stagedoor: benchmark</title><style>${STYLE}</style></head><body>
<h1>Stagedoor: benchmark</h1>
<p>${escaped(at.slice(0, 16).replace('T', ' '))} UTC · commit ${escaped(commit)} · ${machine.cores} cores of ${escaped(machine.cpu)}, ${machine.memoryGiB} GiB, Linux ${escaped(machine.kernel)} · ${Object.entries(
    versions,
  )
    .map(([name, version]) => `${escaped(name)} ${escaped(version)}`)
    .join(' · ')} · load before the run ${machine.loadBefore}</p>
<p>Load generator, broker, database and Redis share the machine's cores. Open loop, latency from the intended start. How it is measured: bench/README.md.</p>
<h2>All suites</h2>
<div class="wide"><table><thead><tr><th>suite</th><th>offered/s</th><th>answered/s</th><th>settled/s</th><th>answer p50 / p95 / p99 ms</th><th>settle p50 / p95 / p99 ms</th><th>errors</th><th>us of CPU</th><th>x floor</th><th>I1-I10</th><th>valid</th></tr></thead><tbody>
${entries.map(([name, record]) => summaryRow(name, record, report)).join('\n')}
</tbody></table></div>
${comparisonTable(comparison(suites))}
${targetTable(targetLines(suites))}
<h2>Where the CPU goes</h2>
<figure>${barPlot(
    entries
      .filter(([, { cpuMicrosPerOp }]) => cpuMicrosPerOp !== undefined)
      .map(([name, record]) => ({ name, parts: parts(record) })),
    { title: 'microseconds of CPU per operation, by process', unit: 'us' },
  )}</figure>
${entries.map(([name, record]) => suiteSection(name, record)).join('\n')}
</body></html>
`;
}

function summaryRow(name: string, record: SuiteRecord, report: BenchReport): string {
  const otherRun =
    record.runAt === report.at
      ? ''
      : ` <small>${escaped(record.commit ?? '')}, ${escaped((record.runAt ?? '').slice(0, 10))}</small>`;
  const cells = [
    number(record.offeredPerSecond),
    number(record.perSecond),
    number(record.settledPerSecond),
    three(record.answerMs),
    three(record.settleMs),
    record.errors === undefined ? '' : String(record.errors),
    number(record.cpuMicrosPerOp?.total),
    record.timesFloor === undefined ? '' : record.timesFloor.toFixed(2),
    escaped((record.invariants ?? '').split(' ')[0] ?? ''),
    record.valid ? '<span class="yes">yes</span>' : '<span class="no">no</span>',
  ];
  return `<tr><td><a href="#${escaped(name)}">${escaped(name)}</a>${otherRun}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function comparisonTable(lines: readonly ComparisonLine[]): string {
  if (lines.length === 0) return '';
  const rows = lines.map(
    ({ day, what, unit, before, uncapped, after, better }) =>
      `<tr><td>${day}: ${what}${unit === '' ? '' : `, ${unit}`}</td><td>${number(before)}</td><td>${number(uncapped)}</td><td>${number(after)}</td><td class="${better >= 1 ? 'yes' : 'no'}">${better >= 1 ? `${better.toFixed(1)} times better` : 'the old way wins'}</td></tr>`,
  );
  return `<h2>Before and after</h2><p>The old way calls the provider inside the request, with its 500 requests at once and without that cap. It is offered what the new one is, or 95 % of what it can take where that is less: the best it can do.</p>
<div class="wide"><table><thead><tr><th></th><th>before, 500 at once</th><th>before, no cap</th><th>after</th><th></th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function targetTable(lines: readonly TargetLine[]): string {
  if (lines.length === 0) return '';
  const rows = lines.map(
    ({ suite, what, wanted, found, met }) =>
      `<tr><td>${escaped(suite)}: ${escaped(what)}</td><td>${escaped(wanted)}</td><td>${escaped(found)}</td><td class="${met ? 'yes' : 'no'}">${met ? 'met' : 'missed'}</td></tr>`,
  );
  return `<h2>Targets</h2>
<div class="wide"><table><thead><tr><th></th><th>wanted</th><th>came to</th><th></th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function suiteSection(name: string, record: SuiteRecord): string {
  const { curve, settleCurve, timeline, drain, notes = [], extra, floorMicrosPerOp } = record;
  const plots = [latencyPlot(curve, settleCurve), ...timePlots(timeline), ...drainPlots(drain)].filter(
    (plot) => plot !== '',
  );
  const facts = [
    ...Object.entries(extra ?? {}).map(
      ([what, value]) => `${what}: ${typeof value === 'number' ? +value.toFixed(2) : value}`,
    ),
    ...(floorMicrosPerOp === undefined ? [] : [`floor: ${number(floorMicrosPerOp.total)} us`]),
  ];
  const beside = besidePrototype(name, record);
  if (beside !== null) facts.push(beside);
  if (plots.length === 0 && facts.length === 0 && notes.length === 0) return '';
  return `<h2 id="${escaped(name)}">${escaped(name)}</h2>
${facts.length === 0 ? '' : `<p>${facts.map(escaped).join(' · ')}</p>`}
${notes.map((note) => `<p class="note">${escaped(note.slice(0, 400))}</p>`).join('')}
<div class="plots">${plots.map((plot) => `<figure>${plot}</figure>`).join('')}</div>`;
}

/** Percentiles at even distances by their nines: 0, 90, 99, 99.9, …, where the tail is what one looks at. */
function latencyPlot(curve: SuiteRecord['curve'], settleCurve: SuiteRecord['settleCurve']): string {
  if (curve === undefined || curve.every(([, ms]) => ms === 0)) return '';
  const byNines = (points: [number, number][]): [number, number][] =>
    points.map(([percentile, ms]) => [Math.log10(100 / Math.max(0.01, 100 - percentile)), Math.max(0.01, ms)]);
  const series: Series[] = [{ name: 'answer', points: byNines(curve) }];
  if (settleCurve !== undefined) series.push({ name: 'settle', points: byNines(settleCurve) });
  const xTicks = [50, 90, 99, 99.9, 99.99].map((percentile): [number, string] => [
    Math.log10(100 / (100 - percentile)),
    `p${percentile}`,
  ]);
  return linePlot(series, { title: 'latency in ms by percentile', xTicks, logarithmic: true });
}

function timePlots(timeline: SuiteRecord['timeline']): string[] {
  if (timeline === undefined) return [];
  const over = (what: 'offered' | 'answered' | 'settled' | 'lag' | 'p95Ms'): [number, number][] =>
    timeline.map((slot, second) => [second, slot[what] ?? 0]);
  const settles = timeline.some(({ settled }) => settled !== undefined);
  const rates: Series[] = [
    { name: 'offered', points: over('offered') },
    { name: 'answered', points: over('answered') },
    ...(settles ? [{ name: 'settled', points: over('settled') }] : []),
  ];
  return [
    linePlot(rates, { title: 'per second, over seconds' }),
    ...(settles ? [linePlot([{ name: 'lag', points: over('lag') }], { title: 'accepted, not yet settled' })] : []),
    linePlot([{ name: 'answer p95', points: over('p95Ms') }], { title: 'answer p95 in ms, over seconds' }),
  ];
}

function drainPlots(drain: SuiteRecord['drain']): string[] {
  if (drain === undefined) return [];
  const rates = drain.slice(1).map(({ second, settled }, index): [number, number] => {
    const previous = drain[index] as DrainSample;
    return [second, (settled - previous.settled) / (second - previous.second)];
  });
  const megabytes = drain.map((sample): [number, number] => [sample.second, sample.megabytes]);
  return [
    linePlot([{ name: 'settled', points: rates }], { title: 'settled per second, over seconds' }),
    linePlot([{ name: 'apps', points: megabytes }], { title: "the four apps' memory in MB, over seconds" }),
  ];
}
