/** Ctrl-C and its relatives: once in order, twice at once. */

/**
 * npm passes a Ctrl-C on to its script although the terminal has already sent it: two within this time are one.
 */
export const SAME_SIGNAL_MS = 500;

export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * @param {{ onFirst: (signal: string) => void, onSecond: () => void, now?: () => number, process?: NodeJS.EventEmitter }} handlers
 * @returns {() => void} takes the handlers away
 */
export function onStopSignals({ onFirst, onSecond, now = () => performance.now(), process: target = process }) {
  let firstAt = null;
  const listener = (signal) => {
    if (firstAt === null) {
      firstAt = now();
      onFirst(signal);
    } else if (now() - firstAt >= SAME_SIGNAL_MS && signal !== 'SIGHUP') {
      // A terminal that closes may send SIGHUP after SIGINT: that is no second request.
      onSecond();
    }
  };
  for (const signal of STOP_SIGNALS) target.on(signal, listener);
  return () => {
    for (const signal of STOP_SIGNALS) target.off(signal, listener);
  };
}
