import type { Logger } from './logger.ts';

/** What a process is, from outside. */
export interface Runnable {
  start(): Promise<unknown>;
  /** Stops taking work, finishes what is in hand, flushes, closes. */
  close(): Promise<unknown>;
  logger: Logger;
  /** How long close() may take before the process exits without it. */
  timeoutMs: number;
}

/**
 * Starts, and closes once on SIGTERM, SIGINT or SIGHUP; exits 0 after a clean close, 1 otherwise. A signal that comes
 * during the start is heeded after it, so that nothing is opened behind the close; a second one exits at once. An unhandled rejection or exception is logged and ends the process: its state is not known any more, and the
 * supervisor starts a fresh one.
 */
export async function runUntilSignal({ start, close, logger, timeoutMs }: Runnable): Promise<void> {
  let closing = false;
  let starting: Promise<unknown> = Promise.resolve();

  const exit = (code: number): void => {
    logger.flush();
    process.exit(code);
  };

  const shutDown = async (reason: string, code: number): Promise<void> => {
    closing = true;
    const timer = setTimeout(() => {
      logger.fatal({ timeoutMs }, 'shutdown took too long');
      exit(1);
    }, timeoutMs);
    try {
      // A start that failed is told of below.
      await starting.catch(() => {});
      await close();
      logger.info({ reason }, 'closed');
    } catch (error) {
      logger.error({ err: error }, 'shutdown failed');
      code = 1;
    }
    clearTimeout(timer);
    exit(code);
  };

  const onSignal = (signal: NodeJS.Signals): void => {
    if (closing) {
      logger.warn({ signal }, 'second signal, exiting at once');
      exit(1);
      return;
    }
    logger.info({ signal }, 'closing');
    void shutDown(signal, 0);
  };
  const onFatal = (error: unknown): void => {
    logger.fatal({ err: error }, 'unhandled error');
    if (!closing) void shutDown('unhandled error', 1);
  };

  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('SIGHUP', onSignal);
  process.on('unhandledRejection', onFatal);
  process.on('uncaughtException', onFatal);

  starting = Promise.resolve().then(start);
  try {
    await starting;
  } catch (error) {
    if (closing) return;
    logger.fatal({ err: error }, 'start failed');
    await shutDown('start failed', 1);
  }
}
