/** Toxiproxy, a TCP proxy that breaks connections on demand: built once, from the Go modules' registry. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../stack/folder.mjs';
import { runCommand } from '../stack/run-command.mjs';
import { fillFolder } from './complete-folder.mjs';

/** Its modules ask for Go 1.17, so Debian 12's 1.19 builds it. */
const VERSION = '2.5.0';
const MODULE = `github.com/Shopify/toxiproxy/v2/cmd/server@v${VERSION}`;

const folder = (cache) => join(cache, `toxiproxy-${VERSION}`);

export const toxiproxyInCache = (cache = cacheFolder()) => join(folder(cache), 'toxiproxy-server');

/**
 * @param {{ go: string }} tools
 * @param {{ cache?: string, run?: typeof runCommand, signal?: AbortSignal }} [options]
 */
export async function buildToxiproxy({ go }, { cache = cacheFolder(), run = runCommand, signal } = {}) {
  await fillFolder(folder(cache), async (partial) => {
    const work = join(partial, 'work');
    mkdirSync(work);
    await run(go, ['install', MODULE], {
      cwd: work,
      env: {
        GOBIN: partial,
        // Nothing is left in the user's home; without -modcacherw what is downloaded could not be removed.
        GOPATH: join(work, 'path'),
        GOCACHE: join(work, 'cache'),
        GOFLAGS: '-modcacherw',
        GOTOOLCHAIN: 'local',
        CGO_ENABLED: '0',
      },
      signal,
    });
    const built = join(partial, 'server');
    if (!existsSync(built)) throw new Error('Go ended well, but has built no Toxiproxy.');
    renameSync(built, join(partial, 'toxiproxy-server'));
    rmSync(work, { recursive: true, force: true });
  });
}
