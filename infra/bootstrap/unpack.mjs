/** Programs whose packages would bring a system service along: unpacked into our folder, not installed. */
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../stack/folder.mjs';
import { runCommand } from '../stack/run-command.mjs';
import { fillFolder } from './complete-folder.mjs';
import { findProgram } from './find-program.mjs';

/** Which of them holds the program differs between releases of Debian and Ubuntu. */
const NGINX_PACKAGES = ['nginx', 'nginx-core', 'nginx-light'];

export const nginxInCache = (cache = cacheFolder()) => join(cache, 'nginx/usr/sbin/nginx');
export const redisInCache = (cache = cacheFolder()) => join(cache, 'redis/redis-server');

/**
 * @param {ReturnType<typeof import('./apt.mjs').createApt>} apt
 * @param {{ cache?: string, signal?: AbortSignal }} [options]
 */
export async function unpackNginx(apt, { cache = cacheFolder(), signal } = {}) {
  await fillFolder(join(cache, 'nginx'), async (partial) => {
    for (const name of NGINX_PACKAGES) {
      if (!(await apt.isKnown(name))) continue;
      await apt.download(name, partial);
      const file = readdirSync(partial).find((entry) => entry.startsWith(`${name}_`) && entry.endsWith('.deb'));
      await runCommand('dpkg-deb', ['--extract', join(partial, file), partial], { signal });
      if (existsSync(join(partial, 'usr/sbin/nginx'))) break;
    }
    // It says which library is missing, if one is.
    await runCommand(join(partial, 'usr/sbin/nginx'), ['-v'], { signal });
  });
}

/**
 * The server is the same program as redis-check-rdb: it looks at the name by which it is called.
 * @param {{ cache?: string, signal?: AbortSignal }} [options]
 */
export async function linkRedisServer({ cache = cacheFolder(), signal } = {}) {
  const program = findProgram('redis-check-rdb');
  if (program === null) throw new Error('redis-tools is installed, but has no redis-check-rdb.');
  const link = redisInCache(cache);
  await fillFolder(dirname(link), async (partial) => {
    mkdirSync(partial, { recursive: true });
    symlinkSync(program, join(partial, 'redis-server'));
    const version = await runCommand(join(partial, 'redis-server'), ['--version'], { signal });
    if (!version.startsWith('Redis server')) throw new Error(`${program} is no Redis server: ${version}`);
  });
}
