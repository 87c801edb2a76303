import { parseArgs } from 'node:util';

export const usage = `npm run onsale -- [options]
A crowd of simulated fans plays an opening, through the edge: they join, wait, hold, pay, change their minds,
pay twice, leave, and try again until the show is sold out. Then I1 to I10 are checked against the databases.

  --fans <n>         how many come (5000)
  --seats <n>        how many seats their concert has (500)
  --seconds <n>      the time in which they arrive (60)
  --limit <n>        seconds after which the run ends although seats are left (600)
  --seed <n>         the same seed makes the same crowd (a new one each time)
  --replicas <n>     how many of each service (1)
  --kill             kills each service once with SIGKILL while the crowd buys
  --url <url>        drives the system at this address instead of a stack of its own; its waiting rooms, holds and
                     limits are what they are there. The invariants are then read through ONSALE_MYSQL_URL
                     (a user who may read the four databases) and KAFKA_BROKERS; without them they are not checked
  --hold-ttl <n>     seconds that a hold lasts (10; with --url: what it is there, 300)
  --json <file>      writes the report to this file, too
  --help             prints this`;

export interface OnsaleOptions {
  fans: number;
  seats: number;
  arrivalMs: number;
  limitMs: number;
  seed: number;
  replicas: number;
  kill: boolean;
  url: string | null;
  holdTtlMs: number;
  json: string | null;
}

export class UsageError extends Error {}

/** Reads the command line; null when help was asked for. */
export function parseOptions(args: string[], randomSeed: number): OnsaleOptions | null {
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        fans: { type: 'string', default: '5000' },
        seats: { type: 'string', default: '500' },
        seconds: { type: 'string', default: '60' },
        limit: { type: 'string', default: '600' },
        seed: { type: 'string' },
        replicas: { type: 'string', default: '1' },
        kill: { type: 'boolean', default: false },
        url: { type: 'string' },
        'hold-ttl': { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (values.help === true) return null;
  const whole = (name: string, text: string, least: number, most: number): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new UsageError(`--${name} takes a whole number from ${least} to ${most}, not "${text}"`);
    }
    return value;
  };
  const number = (name: string, least: number, most: number) => whole(name, String(values[name]), least, most);
  const url = typeof values.url === 'string' ? values.url : null;
  const holdTtl = typeof values['hold-ttl'] === 'string' ? values['hold-ttl'] : url === null ? '10' : '300';
  if (url !== null && values.kill === true)
    throw new UsageError('--kill needs a stack of its own, so it does not go with --url');
  return {
    fans: number('fans', 1, 200_000),
    seats: number('seats', 1, 100_000),
    arrivalMs: number('seconds', 1, 3_600) * 1000,
    limitMs: number('limit', 1, 3_600) * 1000,
    seed: values.seed === undefined ? randomSeed : number('seed', 0, 2 ** 32 - 1),
    replicas: number('replicas', 1, 4),
    kill: values.kill === true,
    url,
    holdTtlMs: whole('hold-ttl', holdTtl, 1, 3_600) * 1000,
    json: typeof values.json === 'string' ? values.json : null,
  };
}
