/** nginx in front of the apps: its own folder, its own user's rights, no file of the system's nginx. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { networkInterfaces, userInfo } from 'node:os';
import { join } from 'node:path';
import { nginxConfig } from '../edge/nginx-config.mjs';
import { openFilesLimit } from '../stack/open-files.mjs';
import { ask } from '../stack/tcp.mjs';

const OPEN_FILES_MAX = 65_536;

/**
 * Where the edge listens. Only on this machine, unless EDGE_HOST says otherwise: whoever reaches it may make themselves
 * a token while AUTH_MODE is dev.
 */
export function listenAddresses(port, { host = process.env.EDGE_HOST, hasIpv6 = hasIpv6Loopback() } = {}) {
  if (host) return [`${host.includes(':') ? `[${host}]` : host}:${port}`];
  return hasIpv6 ? [`127.0.0.1:${port}`, `[::1]:${port}`] : [`127.0.0.1:${port}`];
}

/** "localhost" means ::1 to some programs, on machines that have it. */
function hasIpv6Loopback() {
  return Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
}

/** A reload starts new workers beside the old: the answer has to come from one that knows this configuration. */
export async function servesGeneration(port, generation) {
  return (await ask(port, 'HEAD /docs HTTP/1.0\r\n\r\n')).includes(`X-Edge-Generation: ${generation}\r\n`);
}

/**
 * @param {{ tools: { nginx: string }, folders: { data: string, config: string }, port: number, limits: import('../edge/limits.mjs').EdgeLimits }} settings
 * @returns {{ configure: (upstreams: Record<string, string[]>) => void, spec: import('../stack/supervised-process.mjs').ProcessSpec }}
 *   `configure` comes first, and again before each reload
 */
export function edge({ tools, folders, port, limits }) {
  const folder = join(folders.data, 'nginx');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const configFile = join(folders.config, 'nginx.conf');
  const isRoot = process.getuid?.() === 0;
  let generation = 0;
  const configure = (upstreams) => {
    generation += 1;
    const config = nginxConfig({
      folder,
      user: isRoot ? userInfo().username : null,
      openFiles: Math.min(OPEN_FILES_MAX, openFilesLimit() ?? OPEN_FILES_MAX),
      listen: listenAddresses(port),
      upstreams,
      limits,
      generation,
    });
    writeFileSync(configFile, config, { mode: 0o600 });
  };
  /** @type {import('../stack/supervised-process.mjs').ProcessSpec} */
  const spec = {
    name: 'edge',
    command: tools.nginx,
    // -e: until it has read its configuration, nginx would write to the system's log file.
    args: ['-e', 'stderr', '-p', `${folder}/`, '-c', configFile],
    cwd: folder,
    env: { PATH: process.env.PATH, TZ: 'UTC' },
    isReady: () => servesGeneration(port, generation),
    readyTimeoutMs: 20_000,
    stopSignal: 'SIGQUIT',
    // It waits for its WebSockets, which stay open for ever; other answers take less.
    stopTimeoutMs: 2_000,
  };
  return { configure, spec };
}
