/** The edge of a stack: started last, told about every new replica. */
import { findTools } from '../bootstrap/tools.mjs';
import { edge } from '../services/edge.mjs';
import { edgeContainer } from '../services/edge-container.mjs';
import { superviseProcess } from './supervised-process.mjs';
import { waitUntil } from './wait-until.mjs';

const STEADY_MS = 300;
const RELOAD_TIMEOUT_MS = 20_000;

/** Waits until the condition has held for a while without a break. */
function waitUntilSteady(condition) {
  let since = null;
  const steady = async () => {
    if (!(await condition())) since = null;
    else since ??= performance.now();
    return since !== null && performance.now() - since >= STEADY_MS;
  };
  return waitUntil(steady, { timeoutMs: RELOAD_TIMEOUT_MS, intervalMs: 20 });
}

/**
 * @param {{ stack: string, base: import('./base.mjs').Base, ports: import('./ports.mjs').Ports, upstreams: () => Record<string, string[]>,
 *   limits: import('../edge/limits.mjs').EdgeLimits, report: import('./report.mjs').Report }} settings
 */
export function createEdge({ stack, base, ports, upstreams, limits, report }) {
  let configure;
  let process;

  function make() {
    const { folders } = base;
    const tools = findTools();
    if (tools.nginx === null) return edgeContainer({ stack, folders, ports, limits });
    const native = edge({ tools, folders, port: ports.edge, limits });
    return { configure: native.configure, process: superviseProcess(native.spec, { folders, report }) };
  }

  return {
    async start() {
      report.step(`starting the edge on port ${ports.edge}`);
      ({ configure, process } = make());
      configure(upstreams());
      base.add(process);
      await process.start();
    },
    /** nginx reads its file again; connections that are open stay with the worker that has them for a moment. */
    async reload() {
      configure(upstreams());
      await process.kill('SIGHUP');
      // nginx lets the old worker serve beside the new one for 100 ms: it is over when no answer comes from the old.
      if (!(await waitUntilSteady(() => process.waitUntilReady(0)))) {
        throw new Error(`The edge did not take its new configuration: ${process.log.file}`);
      }
    },
  };
}
