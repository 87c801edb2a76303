import { runTool } from '../terminal/run-tool.ts';
import { AdminApi } from './admin-api.ts';
import { run } from './commands.ts';
import { parseOptions, usage } from './options.ts';

await runTool(usage, async (args, terminal, signal) => {
  const options = parseOptions(args, new Date());
  return options === null ? null : run(options, await AdminApi.open(process.env), terminal, signal);
});
