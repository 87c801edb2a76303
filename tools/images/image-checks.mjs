/** What an image is: its size, its user, what is in it and what is not. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { APP_NAMES } from '../../infra/stack/apps.mjs';
import { repositoryRoot } from '../../infra/stack/folder.mjs';

export const VERSION = 'dev';
export const BASE = 'docker.io/library/node:24-bookworm-slim';
export const imageOf = (app) => `docker.io/stagedoor/${app}:${VERSION}`;

/** Unpacked, beyond the base image. */
const SIZE_MAX_BYTES = 250_000_000;
/** A part of what any of the apps consists of. */
const MANY_MODULES = 300;
/** Below the app's folder in an image. */
const ROOT = 'stagedoor';

const APP_FOLDERS = ['package.json', 'prisma', 'src'];

/** @param {import('./engine.mjs').Engine} engine @param {string} image */
export async function inspect(engine, image) {
  const [found] = JSON.parse(await engine.podman(['image', 'inspect', image]));
  return found;
}

/**
 * The image's own words about itself, and its size.
 * @param {import('./engine.mjs').Engine} engine @param {string} app
 * @returns {Promise<number>} bytes beyond the base
 */
export async function checkConfiguration(engine, app) {
  const { Size: size, Config: config, Healthcheck: health } = await inspect(engine, imageOf(app));
  const { Size: baseSize } = await inspect(engine, BASE);
  const labels = config.Labels ?? {};
  expect(size - baseSize < SIZE_MAX_BYTES, `${size - baseSize} bytes beyond the base`);
  expect(config.User === '1000:1000', `its user is ${config.User}`);
  expect(
    config.Cmd[0] === 'node' && config.Cmd.at(-1) === `apps/${app}/src/main.ts`,
    `it runs ${config.Cmd.join(' ')}`,
  );
  expect((health ?? config.Healthcheck)?.Test?.[0] === 'CMD', 'it has no health check');
  expect(config.Env.includes('NODE_ENV=production'), 'NODE_ENV is not production');
  for (const name of ['title', 'description', 'licenses', 'version', 'revision']) {
    expect(Boolean(labels[`org.opencontainers.image.${name}`]), `it has no label ${name}`);
  }
  return size - baseSize;
}

/**
 * V8 takes what the build made of the code, with a limit of memory as in k8s/, and by the user that it runs as.
 * @param {import('./engine.mjs').Engine} engine @param {string} app
 * @returns {Promise<string>} how much of it, and the processor time of loading the app with and without
 */
export async function checkCompiled(engine, app) {
  const load = async (...variables) => {
    const env = ['NODE_OPTIONS=--max-old-space-size=384', ...variables].flatMap((variable) => ['--env', variable]);
    const script = `import('/stagedoor/apps/${app}/src/app.ts').then(() => console.log(JSON.stringify(process.cpuUsage())))`;
    const run = ['run', '--rm', '--read-only', '--network', 'none', ...env, imageOf(app), 'node', '--eval', script];
    return lines(await engine.podman(run, { both: true }));
  };
  const milliseconds = (said) => {
    const { user, system } = JSON.parse(said.find((line) => line.startsWith('{"user"')));
    return ((user + system) / 1000).toFixed(0);
  };
  const trace = await load('NODE_DEBUG_NATIVE=COMPILE_CACHE');
  const taken = trace.filter((line) => line.includes('was accepted')).length;
  const refused = trace.filter((line) => line.includes('was rejected'));
  expect(taken > MANY_MODULES && refused.length === 0, `${taken} accepted; ${refused.slice(0, 5).join(', ')}`);
  const [prepared, bare] = [await load(), await load('NODE_DISABLE_COMPILE_CACHE=1')].map(milliseconds);
  return `${taken} modules; ${prepared} instead of ${bare} ms of CPU`;
}

/**
 * Its files, with the image mounted.
 * @param {import('./engine.mjs').Engine} engine @param {string} image @param {(root: string) => void} look
 */
export async function withFiles(engine, image, look) {
  const root = (await engine.podman(['image', 'mount', image])).trim().split('\n').at(-1).trim();
  try {
    return look(root);
  } finally {
    await engine.podman(['image', 'unmount', image]);
  }
}

/** @param {string} root @param {string} app @returns {string[]} what is there and should not be, or the other way round */
export function foreignFiles(root, app) {
  const mistakes = [];
  const names = (folder) => {
    const path = join(root, ROOT, folder);
    return existsSync(path) ? readdirSync(path).toSorted() : [];
  };
  const same = (folder, wanted) => {
    const found = names(folder);
    if (String(found) !== String(wanted.toSorted())) mistakes.push(`/${ROOT}/${folder} holds ${found.join(', ')}`);
  };
  same('', ['apps', 'libs', 'node_modules', 'package.json', 'package-lock.json', '.npmrc']);
  same('apps', [app]);
  same(`apps/${app}`, APP_FOLDERS);
  same(`apps/${app}/prisma`, ['migrations']);
  same('libs', ['contracts', 'messaging', 'platform']);
  for (const lib of names('libs'))
    same(`libs/${lib}`, lib === 'messaging' || lib === 'platform' ? libFolders(root, lib) : ['package.json', 'src']);
  mistakes.push(...developmentTools(names, root));
  for (const file of filesBelow(join(root, ROOT))) {
    const path = relative(root, file);
    if (/\.test\.ts$|\.env$|\.env\.|\.pem$|\.key$/.test(path) && !path.includes('/node_modules/')) mistakes.push(path);
    if (lstatSync(file).uid !== 0 && !mistakes.includes('files of another owner'))
      mistakes.push('files of another owner');
  }
  return mistakes;
}

/** A library whose dependencies could not all be put at the top has some of its own. */
function libFolders(root, lib) {
  const found = readdirSync(join(root, ROOT, 'libs', lib));
  return ['package.json', 'src', ...found.filter((name) => name === 'node_modules')];
}

/** What the lockfile calls a package for development alone. */
function developmentTools(names, root) {
  const { packages } = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8'));
  const installed = names('node_modules').flatMap((name) =>
    name.startsWith('@')
      ? readdirSync(join(root, ROOT, 'node_modules', name)).map((inner) => `${name}/${inner}`)
      : [name],
  );
  const forbidden = ['typescript', 'prisma', '@stagedoor/testkit', ...APP_NAMES];
  return installed
    .filter((name) => packages[`node_modules/${name}`]?.dev === true || forbidden.includes(name))
    .filter((name) => !isOwnLink(root, name))
    .map((name) => `node_modules/${name}`);
}

/** The app itself is a workspace, and npm links those. */
function isOwnLink(root, name) {
  const link = join(root, ROOT, 'node_modules', name);
  return APP_NAMES.includes(name) && lstatSync(link).isSymbolicLink() && readlinkSync(link) === `../apps/${name}`;
}

const lines = (text) => text.split('\n').filter((line) => line !== '');

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A hash of each file that the app's build has put there, with its mode. @param {string} root */
export function fingerprints(root) {
  const top = join(root, ROOT);
  const hashOf = (file) => {
    const stat = lstatSync(file);
    const content = stat.isSymbolicLink() ? readlinkSync(file) : readFileSync(file);
    return createHash('sha256').update(`${stat.mode}\0`).update(content).digest('hex');
  };
  return new Map(filesBelow(top).map((file) => [relative(top, file), hashOf(file)]));
}

/** @param {boolean} holds @param {string} otherwise */
export function expect(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}
