/** What the commands of this folder have in common: a command line that is read or refused, help, and an end by Ctrl-C. */
import { STOP_SIGNALS } from '../infra/stack/signals.mjs';

/**
 * @template Options
 * @param {{ parse: (args: string[]) => Options & { help: boolean }, help: string,
 *   run: (options: Options, signal: AbortSignal) => Promise<number>, brokenCode?: number }} tool
 *   `parse` throws what is wrong; `run` answers the exit code, and stops when the signal is aborted; `brokenCode`: the exit
 *   code where the command line is wrong or `run` throws, 1 unless said
 * @returns {Promise<number>} the exit code; 130 after Ctrl-C
 */
export async function runTool({ parse, help, run, brokenCode = 1 }) {
  let options;
  try {
    options = parse(process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    return brokenCode;
  }
  if (options.help) {
    console.log(help);
    return 0;
  }
  const controller = new AbortController();
  const { signal } = controller;
  for (const name of STOP_SIGNALS) process.on(name, () => controller.abort(new Error(`Stopped by ${name}.`)));
  try {
    return await run(options, signal);
  } catch (error) {
    console.error(signal.aborted ? signal.reason.message : error.stack);
    return signal.aborted ? 130 : brokenCode;
  }
}
