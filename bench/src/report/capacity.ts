import type { SuiteRecord } from '../measure/record.ts';
import { figure, table } from './markdown-table.ts';

/** Of a core or a process that is still answered in time. */
const BUSY = 0.65;
const MILLION = 1_000_000;

interface Load {
  what: string;
  suite: string;
  perSecond: number;
}

/** What is to be carried: ten times the joins and the payments that the design promises. */
const LOADS: readonly Load[] = [
  { what: 'joins', suite: 'joins-0', perSecond: 100_000 },
  { what: 'payments', suite: 'payments-wallet-2000', perSecond: 20_000 },
];

/** Processes that use one core at most: more of it takes more of them, where they can be more. */
const SINGLE = new Set(['queue-gateway', 'reservation-service', 'payment-worker', 'result-worker', 'redis']);

/**
 * From CPU per operation to cores and replicas: each process's microseconds times the rate, at 65 % of a core. It leaves
 * out what does not grow with the rate, so it is too low for small loads and right for these.
 */
export function capacityTable(suites: Record<string, SuiteRecord>): string {
  const rows = LOADS.flatMap(({ what, suite, perSecond }) =>
    Object.entries(suites[suite]?.cpuMicrosPerOp ?? {})
      .filter(([name, micros]) => name !== 'total' && micros >= 1)
      .sort(([, a], [, b]) => b - a)
      .map(([name, micros]) => {
        const cores = (micros * perSecond) / MILLION / BUSY;
        const most = Math.floor((BUSY * MILLION) / micros);
        return [
          `${perSecond.toLocaleString('en')} ${what}/s: ${name}`,
          figure(micros),
          figure(cores),
          SINGLE.has(name) ? String(Math.ceil(cores)) : '',
          `${most.toLocaleString('en')}/s`,
        ];
      }),
  );
  const work = rowsByDatabase(suites['payments-wallet-2000']);
  return [
    table(['', 'us each', 'cores at 65 %', 'replicas of one core', 'one core carries'], rows),
    ...(work === '' ? [] : ['', work]),
  ].join('\n');
}

/** Rows that one payment writes, by database: how the database's cores are to be split when each has a server. */
function rowsByDatabase(record: SuiteRecord | undefined): string {
  const rows = new Map<string, number>();
  for (const [name, { inserted, updated }] of Object.entries(record?.workPerOp?.tables ?? {})) {
    const database = name.split('.')[0] as string;
    rows.set(database, (rows.get(database) ?? 0) + inserted + updated);
  }
  return table(
    ['rows that a payment writes', 'rows', 'per second at 20,000 payments/s'],
    [...rows].map(([database, count]) => [database, count.toFixed(2), Math.round(count * 20_000).toLocaleString('en')]),
  );
}
