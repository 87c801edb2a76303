/** The command line of `npm run test:api`. */
import { parseArgs } from 'node:util';
import { APP_NAMES } from '../../infra/stack/apps.mjs';

export const HELP = `npm run test:api -- [options]    generated requests against every OpenAPI document of a running system

Schemathesis (from PyPI, installed once under .stagedoor/cache) makes requests from the documents, good and bad ones, and
looks for answers that are 5xx, not documented, of another type or shape than documented, or given without a token.
Each service is asked twice: as a fan by whatever ids come up, and as an operator by ids that exist.

  --seed <number>        makes the same requests again (left out: a new one each time; it is printed)
  --examples <number>    most generated requests of one operation, each time (25)
  --app <name>           only this service; may be repeated (${APP_NAMES.join(', ')})
  --help, -h
`;

const LARGEST_SEED = 2 ** 31;

/**
 * @param {string[]} args
 * @returns {{ help: boolean, seed: number, examples: number, apps: string[] }}
 * @throws {Error} that says what is wrong
 */
export function parseArguments(args) {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string' },
      examples: { type: 'string', default: '25' },
      app: { type: 'string', multiple: true, default: APP_NAMES },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const unknown = values.app.find((name) => !APP_NAMES.includes(name));
  if (unknown !== undefined) throw new Error(`--app ${unknown}: it is one of ${APP_NAMES.join(', ')}`);
  return {
    help: values.help,
    seed: values.seed === undefined ? Math.floor(Math.random() * LARGEST_SEED) : wholeNumber('--seed', values.seed),
    examples: wholeNumber('--examples', values.examples),
    apps: values.app,
  };
}

function wholeNumber(name, text) {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${name} ${text}: must be a whole number from 1`);
  return Number(text);
}
