/** The command line of `npm start`, `npm run infra` and `npm run dev`. */
import { APP_NAMES } from '../stack/apps.mjs';

export const PROFILES = ['default', 'load'];

export class UsageError extends Error {}

/**
 * @param {string[]} args
 * @returns {{ yes: boolean, help: boolean, infraOnly: boolean, test: boolean, profile: string, without: string[] }}
 * @throws {UsageError}
 */
export function parseArguments(args) {
  const options = { yes: false, help: false, infraOnly: false, test: false, profile: 'default', without: [] };
  const rest = args.flatMap((arg) =>
    /^--[a-z-]+=/.test(arg) ? [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)] : [arg],
  );
  const value = (name) => {
    const next = rest.shift();
    if (next === undefined || next.startsWith('--')) throw new UsageError(`${name} needs a value.`);
    return next;
  };
  while (rest.length > 0) {
    const arg = rest.shift();
    if (arg === '--yes' || arg === '-y') options.yes = true;
    else if (arg === '--help' || arg === '-h') options.help = true;
    else if (arg === '--infra-only') options.infraOnly = true;
    else if (arg === '--test') options.test = true;
    else if (arg === '--profile') options.profile = oneOf(PROFILES, value(arg), arg);
    else if (arg === '--without')
      for (const app of value(arg).split(',')) options.without.push(oneOf(APP_NAMES, app, arg));
    else throw new UsageError(`There is no option ${arg}. --help shows those there are.`);
  }
  return options;
}

function oneOf(allowed, value, name) {
  if (!allowed.includes(value)) throw new UsageError(`${name} ${value}: it is one of ${allowed.join(', ')}.`);
  return value;
}
