/** One way to stop, from the first line of a launcher to its last. */
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
  let killNow = () => {};
  onStopSignals({
    onFirst: (name) => {
      report.note(`\n${name}: stopping. Once more kills at once.`);
      controller.abort(new StoppedError(name));
    },
    onSecond: () => {
      report.note('Killing everything at once.');
      killNow();
      process.exit(130);
    },
  });
  return {
    signal: controller.signal,
    /** What the second signal kills. */
    onKill(kill) {
      killNow = kill;
    },
    /** Answers when somebody wants to stop. */
    stopped: () =>
      new Promise((resolve) => {
        if (controller.signal.aborted) resolve();
        else controller.signal.addEventListener('abort', resolve, { once: true });
      }),
  };
}
