import type { Tool } from '../terminal/run-tool.ts';
import { AdminApi } from './admin-api.ts';
import { run } from './commands.ts';
import { parseOptions, usage } from './options.ts';

/** `npm run dead-letters`. */
export const deadLettersTool: Tool = {
  usage,
  async run(args, env, terminal, signal) {
    const options = parseOptions(args, new Date());
    return options === null ? null : run(options, await AdminApi.open(env), terminal, signal);
  },
};
