/** One replica of an app, as a process. */
import { join } from 'node:path';
import { cacheFolder, repositoryRoot } from '../stack/folder.mjs';
import { node24 } from '../stack/node24.mjs';

const READY_REQUEST_TIMEOUT_MS = 2_000;

/** The first replica has the app's own name, the second "<app>-2". */
export const processName = (app, replica) => (replica === 0 ? app : `${app}-${replica + 1}`);

/**
 * @param {{ name: string, inspectPort: number, main?: string }} app `main`: the script instead of the app's own
 * @param {{ replica: number, port: number, env: Record<string, string>, watch: boolean }} settings
 * @returns {import('../stack/supervised-process.mjs').ProcessSpec}
 */
export function appProcess(app, { replica, port, env, watch }) {
  const folder = join(repositoryRoot, 'apps', app.name);
  const node = node24();
  return {
    name: processName(app.name, replica),
    command: node,
    args: [
      ...(watch ? ['--watch', `--inspect=127.0.0.1:${app.inspectPort}`] : []),
      app.main ?? join(folder, 'src/main.ts'),
    ],
    cwd: folder,
    // As the images do: what V8 made of the code at the first start spares the next a third of the time that loading takes.
    env: { NODE_COMPILE_CACHE: join(cacheFolder(), 'compiled'), ...process.env, ...env },
    isReady: () => isAppReady(port),
    readyTimeoutMs: 60_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 30_000,
    printsOutput: true,
    // The watcher outlives its app, and waits for the mistake to be mended.
    mayStartLate: watch,
  };
}

async function isAppReady(port) {
  const answer = await fetch(`http://127.0.0.1:${port}/ready`, {
    signal: AbortSignal.timeout(READY_REQUEST_TIMEOUT_MS),
  });
  await answer.arrayBuffer();
  return answer.ok;
}
