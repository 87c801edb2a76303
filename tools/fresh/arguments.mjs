/** The command line of `npm run test:fresh`. */

export const HELP = `npm run test:fresh -- [--quick] [--only root|user]

  Proves the README's two commands on a new Debian with Node 20, npm, git and sudo and nothing else, once as root and
  once as an ordinary user with sudo. Needs root and debootstrap on this machine, and the network.

  --quick   without "npm test" beside the running system
  --only    one of the two passes`;

export const PASSES = ['root', 'user'];

/**
 * @param {string[]} args
 * @returns {{ help: boolean, quick: boolean, passes: string[] }}
 * @throws {Error} in one sentence
 */
export function parseArguments(args) {
  const options = { help: false, quick: false, passes: PASSES };
  const rest = args.flatMap((arg) => (arg.startsWith('--only=') ? ['--only', arg.slice('--only='.length)] : [arg]));
  while (rest.length > 0) {
    const arg = rest.shift();
    if (arg === '--quick') options.quick = true;
    else if (arg === '--help' || arg === '-h') options.help = true;
    else if (arg === '--only') options.passes = [onePass(rest.shift())];
    else throw new Error(`There is no option ${arg}. --help shows those there are.`);
  }
  return options;
}

function onePass(name) {
  if (!PASSES.includes(name)) throw new Error(`--only is one of ${PASSES.join(', ')}.`);
  return name;
}
