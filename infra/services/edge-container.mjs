/** nginx as a container, for machines that have none: it reaches the apps, which run outside, through the engine. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nginxConfig } from '../edge/nginx-config.mjs';
import { composeOf, container } from './compose.mjs';
import { servesGeneration } from './edge.mjs';

/** Docker's own limit for a container, on the engines that have one. */
const OPEN_FILES = 65_536;
const PORT_INSIDE = 8080;
const HOST_OF_THE_APPS = 'host.docker.internal';

/**
 * @param {{ stack: string, folders: ReturnType<typeof import('../stack/folder.mjs').stackFolders>,
 *   ports: import('../stack/ports.mjs').Ports, limits: import('../edge/limits.mjs').EdgeLimits, run?: typeof import('../stack/run-command.mjs').runCommand }} settings
 */
export function edgeContainer({ limits, ...rest }) {
  const compose = composeOf(rest);
  let generation = 0;
  const configure = (upstreams) => {
    generation += 1;
    const config = nginxConfig({
      folder: '/tmp',
      user: null,
      openFiles: OPEN_FILES,
      listen: [String(PORT_INSIDE)],
      upstreams: outside(upstreams),
      limits,
      generation,
    });
    writeFileSync(join(compose.config, 'nginx.conf'), config, { mode: 0o644 });
  };
  const isReady = () => servesGeneration(rest.ports.edge, generation);
  return { configure, process: container('edge', { compose, logs: rest.folders.logs, isReady }) };
}

/** @param {Record<string, string[]>} upstreams */
export function outside(upstreams) {
  const move = (address) => `${HOST_OF_THE_APPS}:${address.slice(address.lastIndexOf(':') + 1)}`;
  return Object.fromEntries(Object.entries(upstreams).map(([app, addresses]) => [app, addresses.map(move)]));
}
