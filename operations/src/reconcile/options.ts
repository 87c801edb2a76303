import { parseArgs } from 'node:util';
import { UsageError } from '../terminal/failures.ts';
import { type Kind, kinds } from './difference.ts';

export const usage = `npm run reconcile -- [options]
Holds the services' databases against each other: wallets, ledger, payments, refunds, decisions, reservations, schedules.
It reads only, page by page, also while the system runs; what it finds it looks at a second time. --apply puts messages
out again that mend what messages can mend: they take the same path as the first time, and nothing takes effect twice.

  --apply            sends what mends the differences, waits, and looks again
  --refund-lost      with --apply: gives fans back what they paid for reservations that are lost (RESERVATION_LOST)
  --only <kind>      only differences of this kind; may be given several times
  --yes              asks nothing before --apply
  --grace <s>        how long a step may take before it is missing (60)
  --settle <s>       how long after the first look the second one comes (5)
  --keep-days <n>    result-worker's DECISION_KEEP_DAYS: an older decision is not missed (40)
  --limit <n>        how many differences are listed (50); all are counted, up to 10000
  --json             one JSON document instead of tables
  --metrics <file>   writes what was found there as metrics, for the node exporter's textfile collector
  --help             prints this

QUEUE_MYSQL_URL, RESERVATION_MYSQL_URL, PAYMENT_MYSQL_URL, RESULT_MYSQL_URL
                   mysql:// addresses of users that may read, each its own database. Left out, all four of them: those
                   of the system that npm start runs here
KAFKA_BROKERS      and the other KAFKA_* variables of the services, for --apply
PAYMENT_PROVIDER   as payment-worker has it (wallet): whether lost charges are taken from wallets

Exit code: 0 no difference, 1 differences, 2 it could not be run.

${Object.entries(kinds)
  .map(([kind, meaning]) => `  ${kind.padEnd(20)} ${meaning}`)
  .join('\n')}`;

export interface Options {
  apply: boolean;
  refundLost: boolean;
  /** Empty: all. */
  only: readonly Kind[];
  yes: boolean;
  graceMs: number;
  settleMs: number;
  keepDecisionsMs: number;
  limit: number;
  json: boolean;
  /** Where metrics are written; null: nowhere. */
  metrics: string | null;
}

const DAY_MS = 86_400_000;

/** Reads the command line; null when help was asked for. */
export function parseOptions(args: string[]): Options | null {
  const { values, positionals } = parsed(args);
  if (values.help === true) return null;
  if (positionals.length > 0) throw new UsageError(`what is ${positionals[0]}?`);
  const unknown = (values.only ?? []).find((kind) => !(kind in kinds));
  if (unknown !== undefined) throw new UsageError(`there is no kind ${unknown}`);
  for (const option of ['refund-lost', 'yes'] as const) {
    if (values[option] === true && values.apply !== true) throw new UsageError(`--${option} goes with --apply`);
  }
  return {
    apply: values.apply === true,
    refundLost: values['refund-lost'] === true,
    only: (values.only ?? []) as Kind[],
    yes: values.yes === true,
    graceMs: whole('grace', values.grace, 86_400) * 1_000,
    settleMs: whole('settle', values.settle, 3_600) * 1_000,
    keepDecisionsMs: whole('keep-days', values['keep-days'], 36_500) * DAY_MS,
    limit: whole('limit', values.limit, 10_000),
    json: values.json === true,
    metrics: values.metrics ?? null,
  };
}

function parsed(args: string[]) {
  const flag = { type: 'boolean' } as const;
  const number = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        apply: flag,
        'refund-lost': flag,
        only: { type: 'string', multiple: true },
        yes: flag,
        grace: number('60'),
        settle: number('5'),
        'keep-days': number('40'),
        limit: number('50'),
        json: flag,
        metrics: { type: 'string' },
        help: flag,
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text);
  if (text === '' || !Number.isInteger(value) || value < 0 || value > most) {
    throw new UsageError(`--${name} is a whole number up to ${most}, not "${text}"`);
  }
  return value;
}
