import { parseArgs } from 'node:util';
import { UsageError } from '../onsale/options.ts';
import { ALL_KINDS, FAULT_KINDS, type FaultKind } from './schedule/kinds.ts';

export const usage = `npm run chaos -- [options]
The crowd of "npm run onsale" buys on a stack of its own, while a seeded schedule of faults hits it. Then the faults end,
the system drains, I1 to I10 are checked, and everything that the crowd was answered is looked for in the databases.

  --minutes <n>      how long the crowd comes and faults happen, fractions too (10)
  --seed <n>         the same seed draws the same schedule and the same crowd (a new one each time)
  --faults <list>    only these kinds, with commas between (all)
  --fans <n>         how many come per minute (400)
  --replicas <n>     how many of each service (2)
  --schedule         prints the schedule of this seed, and does nothing
  --json <file>      writes the report to this file, too
  --keep             keeps logs, faults and journal of a run that is whole, too
  --help             prints this

Kinds of faults:
${ALL_KINDS.map((kind) => `  ${kind.padEnd(17)}  ${FAULT_KINDS[kind]}`).join('\n')}

Exit code: 0 if nothing is broken or lost and no service crashed, 1 otherwise (then logs and journal are kept in a folder
that is named), 2 for a mistake in the options, 130 when it was stopped.`;

export interface ChaosOptions {
  lengthMs: number;
  seed: number;
  kinds: readonly FaultKind[];
  fansPerMinute: number;
  replicas: number;
  onlySchedule: boolean;
  json: string | null;
  keep: boolean;
}

/** Reads the command line; null when help was asked for. */
export function parseOptions(args: string[], randomSeed: number): ChaosOptions | null {
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        minutes: { type: 'string', default: '10' },
        seed: { type: 'string', default: String(randomSeed) },
        faults: { type: 'string', default: ALL_KINDS.join(',') },
        fans: { type: 'string', default: '400' },
        replicas: { type: 'string', default: '2' },
        schedule: { type: 'boolean', default: false },
        json: { type: 'string' },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (values.help === true) return null;
  const within = (name: string, least: number, most: number): number => {
    const value = Number(values[name]);
    if (values[name] === '' || !(value >= least && value <= most)) {
      throw new UsageError(`--${name} takes a number from ${least} to ${most}, not "${values[name]}"`);
    }
    return value;
  };
  const whole = (name: string, least: number, most: number): number => {
    const value = within(name, least, most);
    if (!Number.isInteger(value)) throw new UsageError(`--${name} takes a whole number, not "${values[name]}"`);
    return value;
  };
  const kinds = String(values.faults).split(',');
  const unknown = kinds.find((kind) => !(kind in FAULT_KINDS));
  if (unknown !== undefined) {
    throw new UsageError(`--faults: there is no kind "${unknown}"; there are ${ALL_KINDS.join(', ')}`);
  }
  return {
    lengthMs: within('minutes', 0.5, 120) * 60_000,
    seed: whole('seed', 0, 2 ** 32 - 1),
    kinds: [...new Set(kinds as FaultKind[])],
    fansPerMinute: whole('fans', 1, 10_000),
    replicas: whole('replicas', 1, 4),
    onlySchedule: values.schedule === true,
    keep: values.keep === true,
    json: typeof values.json === 'string' ? values.json : null,
  };
}

/** The command that draws the same schedule and the same crowd again. */
export function commandOf({ seed, lengthMs, kinds, fansPerMinute, replicas }: ChaosOptions): string {
  const faults = kinds.length === ALL_KINDS.length ? '' : ` --faults ${kinds.join(',')}`;
  return `npm run chaos -- --seed ${seed} --minutes ${lengthMs / 60_000} --fans ${fansPerMinute} --replicas ${replicas}${faults}`;
}
