import { parseArgs } from 'node:util';

export const usage = `npm run bulk -- [options]
Sells a show out through the real path (join, hold, pay), cancels it, and waits until everybody has their money back, while
another show sells at a steady rate: its latencies are shown for the time before the cancellation and for the time of it.
Some seats are still held and some payments are still on their way when the show is cancelled. Then I1 to I10 are checked,
and that each fan has their money back to the won.

  --seats <n>     seats that are confirmed when the show is cancelled (20000)
  --rate <n>      purchases per second of the other show (20)
  --baseline <n>  seconds that the other show sells before the cancellation (20)
  --per-second <n>  reservations that are ended per second (CANCELLATIONS_PER_SECOND, 500)
  --kill          meanwhile kills (-9) reservation-service twice, payment-worker and result-worker once
  --replicas <n>  how many of each service (1)
  --json <file>   writes the report to this file, too
  --help          prints this`;

export interface BulkOptions {
  seats: number;
  /** Purchases of the other show per second. */
  ratePerSecond: number;
  baselineMs: number;
  /** CANCELLATIONS_PER_SECOND of the stack. */
  endedPerSecond: number;
  kill: boolean;
  replicas: number;
  json: string | null;
}

export class UsageError extends Error {}

/** Reads the command line; null when help was asked for. */
export function parseOptions(args: string[]): BulkOptions | null {
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        seats: { type: 'string', default: '20000' },
        rate: { type: 'string', default: '20' },
        baseline: { type: 'string', default: '20' },
        'per-second': { type: 'string', default: '500' },
        kill: { type: 'boolean', default: false },
        replicas: { type: 'string', default: '1' },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (values.help === true) return null;
  const number = (name: string, least: number, most: number): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new UsageError(`--${name} takes a whole number from ${least} to ${most}, not "${values[name]}"`);
    }
    return value;
  };
  return {
    seats: number('seats', 4, 90_000),
    ratePerSecond: number('rate', 1, 500),
    baselineMs: number('baseline', 1, 600) * 1000,
    endedPerSecond: number('per-second', 1, 100_000),
    kill: values.kill === true,
    replicas: number('replicas', 1, 4),
    json: typeof values.json === 'string' ? values.json : null,
  };
}
