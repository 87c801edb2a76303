import { exitCodes, ToolError, UsageError } from './failures.ts';
import { processTerminal, type Terminal } from './terminal.ts';

type Env = Record<string, string | undefined>;

/** Something that operators run. */
export interface Tool {
  usage: string;
  /** Answers the exit code; null where help was asked for. Aborting stops it between two steps. */
  run(args: string[], env: Env, terminal: Terminal, signal: AbortSignal): Promise<number | null>;
}

/** Runs a tool to its exit code: 2 for whatever keeps it from its work, with a line that says what. */
export async function exitCodeOf(
  { usage, run }: Tool,
  args: string[],
  env: Env,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  try {
    const code = await run(args, env, terminal, signal);
    if (code === null) terminal.print(usage);
    return code ?? exitCodes.done;
  } catch (error) {
    if (error instanceof UsageError) terminal.note(`${error.message}\n\n${usage}`);
    else if (error instanceof ToolError) terminal.note(error.message);
    else terminal.note((error as Error).stack ?? String(error));
    return exitCodes.couldNotRun;
  }
}

/** For a main.ts. The first Ctrl-C stops the tool between two steps, the second one at once. */
export async function runAsProcess(tool: Tool): Promise<void> {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stopping.signal.aborted) process.exit(exitCodes.couldNotRun);
      stopping.abort(new ToolError(`stopped by ${name}`));
    });
  }
  process.exitCode = await exitCodeOf(tool, process.argv.slice(2), process.env, processTerminal(), stopping.signal);
}
