import { setTimeout as delay } from 'node:timers/promises';
import { createLogger, runUntilSignal } from '../../src/index.ts';

/** A process under runUntilSignal that behaves as its argument says; its own lines tell what happened. */
const [behaviour = ''] = process.argv.slice(2);
const logger = createLogger({ name: 'child', level: 'info', pretty: false });
// Something that keeps the process alive, as a listening server would.
const alive = setInterval(() => {}, 1000);

await runUntilSignal({
  logger,
  timeoutMs: behaviour === 'hangs' ? 300 : 5_000,
  async start() {
    if (behaviour === 'start-fails') throw new Error('no port');
    if (behaviour === 'starts-slowly') {
      logger.info('opening');
      await delay(300);
    }
    logger.info('started');
    if (behaviour === 'rejects') void Promise.reject(new Error('nobody cares'));
    if (behaviour === 'throws') setTimeout(() => JSON.parse('{'), 1);
  },
  async close() {
    logger.info('closing in order');
    if (behaviour === 'close-fails') throw new Error('flush failed');
    await delay(behaviour === 'hangs' || behaviour === 'slow' ? 60_000 : 50);
    clearInterval(alive);
  },
});
