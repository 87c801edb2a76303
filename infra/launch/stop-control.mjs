/** One way to stop, from the first line of a launcher to its last. */
import { once } from 'node:events';
import { onStopSignals } from '../stack/signals.mjs';

export class StoppedError extends Error {
  constructor(signal) {
    super(`Stopped by ${signal}.`);
    this.name = 'StoppedError';
  }
}

/**
 * The first signal aborts `signal`: what is being installed or started ends, what runs is stopped in order. The second
 * kills what runs and ends the launcher.
 * @param {import('../stack/report.mjs').Report} report
 */
export function createStopControl(report) {
  const controller = new AbortController();
  const killer = new AbortController();
  onStopSignals({
    onFirst: (name) => {
      report.note(`\n${name}: stopping. Once more kills at once.`);
      controller.abort(new StoppedError(name));
    },
    onSecond: () => {
      report.note('Killing everything at once.');
      killer.abort();
      process.exit(130);
    },
  });
  return {
    signal: controller.signal,
    /** Aborted by the second signal; whoever listens kills at once, for the launcher is gone right after. */
    killSignal: killer.signal,
    /** Answers when somebody wants to stop. */
    stopped: () => (controller.signal.aborted ? Promise.resolve() : once(controller.signal, 'abort')),
  };
}
