/** The edge of a stack: started last, told about every new replica. */
import { findTools } from '../bootstrap/tools.mjs';
import { edge } from '../services/edge.mjs';
import { superviseProcess } from './supervised-process.mjs';

/**
 * @param {{ base: object, ports: import('./ports.mjs').Ports, upstreams: () => Record<string, string[]>, limited: boolean,
 *   report: import('./report.mjs').Report }} settings
 */
export function createEdge({ base, ports, upstreams, limited, report }) {
  let process;
  let spec;
  return {
    async start() {
      report.step(`starting the edge on port ${ports.edge}`);
      spec = edge({ tools: findTools(), folders: base.folders, port: ports.edge, upstreams: upstreams(), limited });
      process = superviseProcess(spec, { folders: base.folders, report });
      base.add(process);
      await process.start();
    },
    /** nginx reads its file again; connections that are open stay with the worker that has them for a moment. */
    async reload() {
      spec.configure(upstreams());
      await process.kill('SIGHUP');
      if (!(await process.waitUntilReady()))
        throw new Error(`The edge did not take its new configuration: ${process.log.file}`);
    },
  };
}
