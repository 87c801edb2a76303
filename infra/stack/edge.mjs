/** The edge of a stack: started last, told about every new replica. */
import { findTools } from '../bootstrap/tools.mjs';
import { edge } from '../services/edge.mjs';
import { edgeContainer } from '../services/edge-container.mjs';
import { superviseProcess } from './supervised-process.mjs';

/**
 * @param {{ stack: string, base: import('./base.mjs').Base, ports: import('./ports.mjs').Ports, upstreams: () => Record<string, string[]>,
 *   limited: boolean, report: import('./report.mjs').Report }} settings
 */
export function createEdge({ stack, base, ports, upstreams, limited, report }) {
  let configure;
  let process;

  function make() {
    const { folders } = base;
    const tools = findTools();
    if (tools.nginx === null) return edgeContainer({ stack, folders, ports, limited });
    const native = edge({ tools, folders, port: ports.edge, limited });
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
      if (!(await process.waitUntilReady())) {
        throw new Error(`The edge did not take its new configuration: ${process.log.file}`);
      }
    },
  };
}
