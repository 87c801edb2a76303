/** Toxiproxy between the apps and what they stand on, and before the edge: connections that a test can break. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} ProxyRoute
 * @property {string} name "<app>-<server>", or "edge"
 * @property {number} listen
 * @property {number} target
 */

/** @param {ProxyRoute[]} routes */
export function faultProxyConfig(routes) {
  const proxies = routes.map(({ name, listen, target }) => ({
    name,
    listen: `127.0.0.1:${listen}`,
    upstream: `127.0.0.1:${target}`,
    enabled: true,
  }));
  return `${JSON.stringify(proxies, null, 2)}\n`;
}

/**
 * @param {{ tools: { toxiproxy: string }, folders: { data: string, config: string }, port: number, routes: ProxyRoute[] }} settings
 *   `port`: of its HTTP API
 * @returns {import('../stack/supervised-process.mjs').ProcessSpec}
 */
export function faultProxy({ tools, folders, port, routes }) {
  const configFile = join(folders.config, 'fault-proxy.json');
  writeFileSync(configFile, faultProxyConfig(routes), { mode: 0o600 });
  return {
    name: 'fault-proxy',
    command: tools.toxiproxy,
    args: ['-host', '127.0.0.1', '-port', String(port), '-config', configFile],
    cwd: folders.data,
    env: { PATH: process.env.PATH, TZ: 'UTC', LOG_LEVEL: 'warn' },
    isReady: async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/proxies`);
      return answer.ok && Object.keys(await answer.json()).length === routes.length;
    },
    readyTimeoutMs: 20_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 10_000,
  };
}
