import type { Tool } from '../terminal/run-tool.ts';
import { parseOptions, usage } from './options.ts';
import { run } from './run.ts';

/** `npm run reconcile`. */
export const reconcileTool: Tool = {
  usage,
  async run(args, env, terminal, signal) {
    const options = parseOptions(args);
    return options === null ? null : run(options, env, terminal, signal);
  },
};
