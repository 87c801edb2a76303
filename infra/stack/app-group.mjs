/** The replicas of one app. */
import { appProcess } from '../services/app.mjs';
import { appEnv } from './apps.mjs';
import { REPLICAS_MAX, replicaPort } from './ports.mjs';
import { superviseProcess } from './supervised-process.mjs';

/**
 * @param {import('./apps.mjs').App} app
 * @param {{ base: import('./base.mjs').Base, wiring: import('./apps.mjs').Wiring, ports: import('./ports.mjs').Ports, watch: boolean,
 *   report: import('./report.mjs').Report, env: (replica: number) => Record<string, string> }} settings `env`: over everything else
 */
export function createAppGroup(app, { base, wiring, ports, watch, report, env: extra }) {
  const replicas = [];
  /** Indexes of those that are to get no new request. */
  const outOfService = new Set();
  const env = (replica) => ({ ...appEnv(app, wiring, replicaPort(ports, app.name, replica)), ...extra(replica) });

  async function add() {
    const replica = replicas.length;
    if (replica >= REPLICAS_MAX)
      throw new Error(`${app.name} has ${REPLICAS_MAX} replicas already, more have no ports.`);
    const port = replicaPort(ports, app.name, replica);
    const spec = appProcess(app, { replica, port, env: env(replica), watch });
    const process = superviseProcess(spec, { folders: base.folders, report });
    replicas.push(process);
    base.add(process);
    await process.start();
    return replica;
  }

  return {
    name: app.name,
    env,
    add,
    start: (count) => Promise.all(Array.from({ length: count }, add)),
    replica(index) {
      if (!replicas[index]) throw new Error(`${app.name} has no replica ${index}.`);
      return replicas[index];
    },
    /** Whether others are left to take its requests; where not, it stays in service. */
    takeOut(index) {
      const others = replicas.length - new Set([...outOfService, index]).size;
      if (others > 0) outOfService.add(index);
      return others > 0;
    },
    putBack: (index) => void outOfService.delete(index),
    /** Those in service, and the first one's place in any case: it may be served from elsewhere, `nx serve` for instance. */
    addresses: () =>
      [...Array(Math.max(1, replicas.length)).keys()]
        .filter((index) => !outOfService.has(index))
        .map((index) => `127.0.0.1:${replicaPort(ports, app.name, index)}`),
  };
}

/** @returns {Record<string, string[]>} app → addresses with port */
export function addressesOf(groups) {
  return Object.fromEntries([...groups.values()].map((group) => [group.name, group.addresses()]));
}
