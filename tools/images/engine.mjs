/** podman and buildah with storage, networks and settings of their own: no container of this machine's is seen. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot, socketFolder } from '../../infra/stack/folder.mjs';
import { waitUntil } from '../../infra/stack/wait-until.mjs';

const SERVICE_TIMEOUT_MS = 20_000;
/** Without systemd podman never asks by itself: somebody has to, again and again. */
const HEALTH_INTERVAL_MS = 1_000;

const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;
const SHOWN_MAX_CHARACTERS = 6_000;

/** @typedef {Awaited<ReturnType<typeof startEngine>>} Engine */

/**
 * What a program prints; what it says beside it, on its other stream, is told if it fails, or with `both`.
 * @param {string} program @param {string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string, signal?: AbortSignal, both?: boolean }} options
 */
async function output(program, args, { env, both = false, ...options }) {
  try {
    const settings = { ...options, env: { ...process.env, ...env }, maxBuffer: OUTPUT_MAX_BYTES };
    const { stdout, stderr } = await promisify(execFile)(program, args, settings);
    return both ? `${stdout}${stderr}` : stdout;
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    const said = `${error.stdout ?? ''}${error.stderr ?? ''}`.slice(-SHOWN_MAX_CHARACTERS);
    throw new Error(`${program} ${args.join(' ').slice(0, 200)} failed:\n${said || error.message}`);
  }
}

function writeSettings({ settings, storage, run }) {
  mkdirSync(settings, { recursive: true });
  const files = {
    'containers.conf': [
      '[containers]',
      // What this machine may allow, where the default is more than that.
      'default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]',
      'log_driver = "k8s-file"',
      '[engine]',
      'cgroup_manager = "cgroupfs"',
      'events_logger = "file"',
      'runtime = "runc"',
      // The OCI's own format has no HEALTHCHECK.
      'image_default_format = "docker"',
      `tmp_dir = "${join(run, 'libpod')}"`,
      '[network]',
      'network_backend = "netavark"',
      `network_config_dir = "${join(storage, 'networks')}"`,
    ],
    'storage.conf': [
      '[storage]',
      'driver = "overlay"',
      `graphroot = "${storage}"`,
      `runroot = "${join(run, 'storage')}"`,
    ],
    'registries.conf': ['unqualified-search-registries = ["docker.io"]', 'short-name-mode = "permissive"'],
  };
  for (const [name, lines] of Object.entries(files)) writeFileSync(join(settings, name), `${lines.join('\n')}\n`);
  return {
    CONTAINERS_CONF: join(settings, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(settings, 'storage.conf'),
    CONTAINERS_REGISTRIES_CONF: join(settings, 'registries.conf'),
  };
}

/**
 * @param {{ folder: string, compose: string[], signal: AbortSignal }} settings `folder`: where images
 *   are kept between runs; `compose`: the command line of docker compose
 */
export async function startEngine({ folder, compose, signal }) {
  const run = `${socketFolder(folder)}-run`;
  const env = writeSettings({ settings: join(folder, 'settings'), storage: join(folder, 'storage'), run });
  mkdirSync(run, { recursive: true, mode: 0o700 });
  const socket = join(run, 'podman.sock');
  rmSync(socket, { force: true });
  const podman = (args, options = {}) => output('podman', args, { signal, ...options, env });
  await removeContainers(podman);

  const service = spawn('podman', ['system', 'service', '--time=0', `unix://${socket}`], {
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const failed = new Promise((_, reject) => service.once('error', reject));
  failed.catch(() => {});
  if (!(await Promise.race([waitUntil(async () => existsSync(socket), { timeoutMs: SERVICE_TIMEOUT_MS }), failed]))) {
    throw new Error('podman system service does not answer.');
  }
  let open = true;
  const health = keepAsking(() => open, podman);

  return {
    podman,
    buildah: (args) => output('buildah', args, { signal, cwd: repositoryRoot, env }),
    /**
     * docker compose on the project's own files.
     * @param {string[]} args @param {{ secure?: boolean, env?: Record<string, string> }} [options]
     */
    compose: (args, { secure = false, env: more = {} } = {}) => {
      const files = ['docker-compose.yml', ...(secure ? ['docker-compose.secure.yml'] : [])];
      const [program, ...first] = [...compose, ...files.flatMap((file) => ['--file', file]), ...args];
      return output(program, first, {
        cwd: repositoryRoot,
        signal,
        env: { DOCKER_HOST: `unix://${socket}`, COMPOSE_PROGRESS: 'plain', ...more },
      });
    },
    /** Everything that runs is ended, whatever came before; images and volumes' folders stay in the cache. */
    async stop() {
      open = false;
      await health;
      const late = { signal: undefined };
      await removeContainers((args) => podman(args, late));
      if (service.exitCode === null && service.signalCode === null) {
        service.kill('SIGTERM');
        await once(service, 'exit');
      }
      rmSync(run, { recursive: true, force: true });
    },
  };

  async function removeContainers(ask) {
    await ask(['rm', '--all', '--force', '--time', '5']);
    await ask(['volume', 'prune', '--force']);
    await ask(['network', 'prune', '--force']);
  }
}

/** Until `isOpen` says no: asks each container that has a health check, one after the other. */
async function keepAsking(isOpen, podman) {
  while (isOpen()) {
    const ids = await podman(['ps', '--quiet', '--no-trunc']).catch(() => '');
    for (const id of ids.split('\n').filter((line) => /^[0-9a-f]{64}$/.test(line))) {
      if (!isOpen()) return;
      // It fails as long as the container is not healthy, or has nothing to ask.
      await podman(['healthcheck', 'run', id]).catch(() => {});
    }
    await waitUntil(async () => !isOpen(), { timeoutMs: HEALTH_INTERVAL_MS });
  }
}
