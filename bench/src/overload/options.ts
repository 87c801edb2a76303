import { parseArgs } from 'node:util';
import { UsageError } from '../options.ts';

export const usage = `npm run overload -- [options]
Offers a system of its own more payments than it can serve, and looks what becomes of them: what is accepted must be
settled, the rest refused early with 503, memory bounded, and the system back to normal within seconds. First it
finds out what it can serve, by callers who each wait for their answer before they ask again.

  --seconds <n>      length of the overload (60)
  --times <x>        how many times what it can serve (2)
  --json <file>      writes the figures to this file, too
  --help             prints this`;

export interface OverloadCommand {
  overloadMs: number;
  times: number;
  json: string | null;
}

/** Reads the command line; null where only help was asked for. */
export function parseOverload(args: string[]): OverloadCommand | null {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const number = (name: 'seconds' | 'times', least: number, most: number): number => {
    const value = Number(values[name]);
    if (value >= least && value <= most) return value;
    throw new UsageError(`--${name} takes a number from ${least} to ${most}, not "${values[name]}"`);
  };
  if (values.help) return null;
  return {
    overloadMs: number('seconds', 1, 600) * 1_000,
    times: number('times', 1.1, 10),
    json: values.json ?? null,
  };
}

const parse = (args: string[]) =>
  parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '60' },
      times: { type: 'string', default: '2' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  }).values;
