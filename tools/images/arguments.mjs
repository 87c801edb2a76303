/** The command line of `npm run test:images`. */

export const HELP = `npm run test:images -- [--only images|compose|secure] [--clean] [--yes]

  Builds the four images and runs docker-compose.yml with them, on a machine without a container engine: Debian's buildah
  and podman build and run, docker compose drives podman, and base images are made here under the names of the official
  ones. Buys a seat through the edge, scales, stops, starts again; then the same with TLS and logins. Needs Linux, Debian's
  apt, root and the network; takes some ten minutes the first time, about five after that.

  --only    one part; "compose" and "secure" build the images too if they are not there
  --clean   forget first what earlier runs have made: tools, base images, images (2 GB in .stagedoor/cache/images)
  --yes     install what is missing without asking`;

export const PARTS = ['images', 'compose', 'secure'];

/**
 * @param {string[]} args
 * @returns {{ help: boolean, clean: boolean, yes: boolean, parts: string[] }}
 * @throws {Error} in one sentence
 */
export function parseArguments(args) {
  const options = { help: false, clean: false, yes: false, parts: PARTS };
  const rest = args.flatMap((arg) => (arg.startsWith('--only=') ? ['--only', arg.slice('--only='.length)] : [arg]));
  while (rest.length > 0) {
    const arg = rest.shift();
    if (arg === '--clean') options.clean = true;
    else if (arg === '--yes') options.yes = true;
    else if (arg === '--help' || arg === '-h') options.help = true;
    else if (arg === '--only') options.parts = [onePart(rest.shift())];
    else throw new Error(`There is no option ${arg}. --help shows those there are.`);
  }
  return options;
}

function onePart(name) {
  if (!PARTS.includes(name)) throw new Error(`--only is one of ${PARTS.join(', ')}.`);
  return name;
}
