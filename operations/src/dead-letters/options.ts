import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UsageError } from '../terminal/failures.ts';

export const usage = `npm run dead-letters -- <command> [options]
Messages that could not be processed: look at them, send them back, put them away.

  list                       newest first
  show <id>                  one of them whole, and what was done about it
  replay <id>                sends it back to its topic, with its own key and headers
  replay --all [filters]     sends all NEW ones back that match, the oldest first
  discard <id> | --all       puts them away for good; they stay readable
  audit                      who did what, and why, newest first

Filters, of list and of --all:
  --topic <name>             of this original topic, e.g. payment-requests
  --code <code>              with this error code, e.g. VALIDATION_FAILED
  --since <time>             failed then or later: ISO 8601, or an age such as 30m, 6h, 2d
  --until <time>             failed before
  --status <status>          NEW, REPLAYED or DISCARDED (list only)

  --reason <text>            why; kept with who it was (needed for replay and discard)
  --value <text>             sent instead of the original value (replay of one)
  --value-hex <hex>          the same, as bytes
  --value-file <file>        the same, from a file
  --dry-run                  only says what a replay would do: where the message would go, what state its payment is in
  --actor <user>             only what this user did (audit)
  --limit <n>                list, audit: how many are shown (50); --all: how many are taken at most (1000)
  --yes                      asks nothing before --all
  --json                     JSON instead of a table, one object per line
  --help                     prints this

STAGEDOOR_URL    the API (http://localhost:8080)
STAGEDOOR_TOKEN  a token with the role admin. Without it one is asked for, which a system in development gives
                 (npm start), in the name of this machine's user

Exit code: 0 done, 1 some could not be replayed or discarded, 2 it could not be run.`;

/** Which dead letters. Times are ISO 8601. */
export interface Filters {
  topic?: string;
  status?: 'NEW' | 'REPLAYED' | 'DISCARDED';
  errorCode?: string;
  since?: string;
  until?: string;
}

/** What is sent instead of a message's own value. */
export interface Repaired {
  value: string;
  valueEncoding: 'utf8' | 'hex';
}

export type Command =
  | { name: 'list'; filters: Filters; limit: number }
  | { name: 'show'; id: string }
  | { name: 'audit'; actor: string | undefined; limit: number }
  | { name: 'replay'; which: Which; reason: string; repaired: Repaired | null; dryRun: boolean }
  | { name: 'discard'; which: Which; reason: string };

/** One letter, or all that match; `limit` of them at most. */
export type Which = { id: string } | { filters: Filters; limit: number; yes: boolean };

export interface Options {
  command: Command;
  json: boolean;
}

const MOST = 100_000;
const AGE = /^(\d{1,5})([smhd])$/;
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Reads the command line; null when help was asked for. */
export function parseOptions(args: string[], now: Date): Options | null {
  const { values, positionals } = parsed(args);
  if (values.help === true) return null;
  const [name, ...ids] = positionals;
  if (name === undefined) throw new UsageError('which command?');
  const filters = filtersOf(values, now);
  const json = values.json === true;
  const limit = (fallback: number) => whole('limit', values.limit ?? String(fallback), MOST);
  const only = (...allowed: string[]) => {
    const other = Object.keys(values).find((key) => ![...allowed, 'json'].includes(key));
    if (other !== undefined) throw new UsageError(`${name} does not take --${other}`);
  };
  const none = () => {
    if (ids.length > 0) throw new UsageError(`${name} takes no id`);
  };
  const one = (): string => {
    if (ids.length !== 1) throw new UsageError(`${name} takes one id`);
    return ids[0] as string;
  };
  const which = (): Which => {
    if (values.all !== true) return { id: one() };
    none();
    return { filters: { ...filters, status: 'NEW' }, limit: limit(1_000), yes: values.yes === true };
  };
  const FILTERS = ['topic', 'code', 'since', 'until'];
  switch (name) {
    case 'list':
      only(...FILTERS, 'status', 'limit');
      none();
      return { command: { name, filters, limit: limit(50) }, json };
    case 'show':
      only();
      return { command: { name, id: one() }, json };
    case 'audit':
      only('actor', 'limit');
      none();
      return { command: { name, actor: values.actor, limit: limit(50) }, json };
    case 'replay': {
      const repairs = ['value', 'value-hex', 'value-file'];
      only('reason', 'dry-run', ...(values.all ? [...FILTERS, 'all', 'limit', 'yes'] : repairs));
      const dryRun = values['dry-run'] === true;
      return {
        command: { name, which: which(), reason: reasonOf(values, dryRun), repaired: repairedOf(values), dryRun },
        json,
      };
    }
    case 'discard':
      only('reason', ...(values.all ? [...FILTERS, 'all', 'limit', 'yes'] : []));
      return { command: { name, which: which(), reason: reasonOf(values, false) }, json };
    default:
      throw new UsageError(`there is no command ${name}`);
  }
}

type Values = ReturnType<typeof parsed>['values'];

function parsed(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        topic: text,
        code: text,
        since: text,
        until: text,
        status: text,
        reason: text,
        value: text,
        'value-hex': text,
        'value-file': text,
        actor: text,
        limit: text,
        all: flag,
        yes: flag,
        'dry-run': flag,
        json: flag,
        help: flag,
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function filtersOf({ topic, code, since, until, status }: Values, now: Date): Filters {
  if (status !== undefined && status !== 'NEW' && status !== 'REPLAYED' && status !== 'DISCARDED') {
    throw new UsageError('--status is NEW, REPLAYED or DISCARDED');
  }
  return {
    ...(topic !== undefined && { topic }),
    ...(code !== undefined && { errorCode: code }),
    ...(since !== undefined && { since: moment('since', since, now) }),
    ...(until !== undefined && { until: moment('until', until, now) }),
    ...(status !== undefined && { status }),
  };
}

function moment(name: string, text: string, now: Date): string {
  const age = AGE.exec(text);
  const unit = age?.[2] as keyof typeof UNIT_MS | undefined;
  const ms = unit === undefined ? Date.parse(text) : now.getTime() - Number(age?.[1]) * UNIT_MS[unit];
  if (Number.isNaN(ms)) throw new UsageError(`--${name} is a time such as 2026-11-22T10:00:00Z, or an age such as 6h`);
  return new Date(ms).toISOString();
}

function repairedOf(values: Values): Repaired | null {
  const given = [values.value, values['value-hex'], values['value-file']].filter((value) => value !== undefined);
  if (given.length > 1) throw new UsageError('only one of --value, --value-hex and --value-file');
  if (values.value !== undefined) return { value: values.value, valueEncoding: 'utf8' };
  if (values['value-hex'] !== undefined) return { value: values['value-hex'], valueEncoding: 'hex' };
  const file = values['value-file'];
  if (file === undefined) return null;
  try {
    return { value: readFileSync(file).toString('hex'), valueEncoding: 'hex' };
  } catch (error) {
    throw new UsageError(`--value-file: ${(error as Error).message}`);
  }
}

function reasonOf({ reason }: Values, dryRun: boolean): string {
  if (reason !== undefined && reason.trim() !== '') return reason;
  if (dryRun) return 'dry run';
  throw new UsageError('--reason says why; it is kept with who it was');
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new UsageError(`--${name} is a whole number from 1 to ${most}, not "${text}"`);
  }
  return value;
}
