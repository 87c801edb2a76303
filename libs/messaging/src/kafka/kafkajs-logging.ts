import type { Logger } from '@stagedoor/platform';
import { type logCreator, logLevel } from 'kafkajs';

// While a broker is away these repeat at every attempt what the adapters report once, with their backoff; a rebalance is
// an event that the adapter reports, too. The rest (say, an offset out of range) is heard nowhere else.
const repeated = new Set(['Connection', 'BrokerPool', 'Cluster', 'Producer', 'Consumer', 'Runner']);

/** How much kafkajs should log for this logger to have what it wants. */
export function kafkaJsLevel(logger: Logger): logLevel {
  if (logger.isLevelEnabled('trace')) return logLevel.DEBUG;
  return logger.isLevelEnabled('debug') ? logLevel.INFO : logLevel.WARN;
}

/** kafkajs' lines as lines of our logger, each of them a step less important than kafkajs thinks. */
export function kafkaJsLogCreator(logger: Logger): logCreator {
  return () =>
    ({ namespace, level, log }) => {
      const { message, timestamp: _, logger: __, ...details } = log;
      // The client's own lines have no namespace, whatever the types say.
      const part = (namespace as string | undefined)?.split(':')[0] ?? 'Kafka';
      const line = `kafkajs ${part}: ${message}`;
      if (level === logLevel.DEBUG) logger.trace(details, line);
      else if (level === logLevel.INFO || repeated.has(part)) logger.debug(details, line);
      else logger.warn(details, line);
    };
}
