import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { ToolError } from '../terminal/failures.ts';

type Env = Record<string, string | undefined>;

/** The databases, by the name that is in their variable and the app that owns them. */
const OWNERS = {
  queue: 'queue-gateway',
  reservation: 'reservation-service',
  payment: 'payment-worker',
  result: 'result-worker',
} as const;

export type DatabaseName = keyof typeof OWNERS;

/** Where the system is that is looked at. */
export interface SystemAddresses {
  databases: Record<DatabaseName, string>;
  /** The KAFKA_* variables. */
  kafka: Env;
}

/**
 * From the environment; with nothing in it, from what a running `npm start` wrote for its apps.
 * @throws ToolError that names what is missing
 */
export function systemAddresses(env: Env): SystemAddresses {
  const names = Object.keys(OWNERS) as DatabaseName[];
  const given = names.filter((name) => env[variableOf(name)]);
  if (given.length === 0) return localSystem(env, names);
  const missing = names.filter((name) => !given.includes(name)).map(variableOf);
  if (missing.length > 0) throw new ToolError(`not set: ${missing.join(', ')}`);
  return { databases: byName(names, (name) => env[variableOf(name)] as string), kafka: env };
}

const variableOf = (name: DatabaseName): string => `${name.toUpperCase()}_MYSQL_URL`;

function localSystem(env: Env, names: readonly DatabaseName[]): SystemAddresses {
  const home = env.STAGEDOOR_HOME
    ? resolve(env.STAGEDOOR_HOME)
    : join(import.meta.dirname, '..', '..', '..', '.stagedoor');
  const read = (app: string): Env => {
    try {
      return parseEnv(readFileSync(join(home, 'env', `${app}.env`), 'utf8'));
    } catch {
      throw new ToolError(`no system runs here (npm start), and ${names.map(variableOf).join(', ')} are not set`);
    }
  };
  const databases = byName(names, (name) => read(OWNERS[name]).MYSQL_URL ?? '');
  return { databases, kafka: { ...read(OWNERS.result), ...env } };
}

const byName = (names: readonly DatabaseName[], urlOf: (name: DatabaseName) => string): Record<DatabaseName, string> =>
  Object.fromEntries(names.map((name) => [name, urlOf(name)])) as Record<DatabaseName, string>;
