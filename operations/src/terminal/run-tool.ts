import { exitCodes, ToolError, UsageError } from './failures.ts';
import { processTerminal, type Terminal } from './terminal.ts';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs a tool and sets the exit code: 2 for whatever keeps it from its work, with a line that says what. The first Ctrl-C
 * stops it between two steps, the second one at once.
 */
export async function runTool(
  usage: string,
  tool: (args: string[], terminal: Terminal, signal: AbortSignal) => Promise<number | null>,
): Promise<void> {
  const terminal = processTerminal();
  const stopping = new AbortController();
  for (const name of STOP_SIGNALS) {
    process.on(name, () => {
      if (stopping.signal.aborted) process.exit(exitCodes.couldNotRun);
      stopping.abort(new ToolError(`stopped by ${name}`));
    });
  }
  try {
    const code = await tool(process.argv.slice(2), terminal, stopping.signal);
    if (code === null) terminal.print(usage);
    process.exitCode = code ?? exitCodes.done;
  } catch (error) {
    if (error instanceof UsageError) terminal.note(`${error.message}\n\n${usage}`);
    else if (error instanceof ToolError) terminal.note(error.message);
    else terminal.note((error as Error).stack ?? String(error));
    process.exitCode = exitCodes.couldNotRun;
  }
}
