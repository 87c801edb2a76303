import { parentPort, workerData } from 'node:worker_threads';
import { addTally, emptyTally, type Share } from './pool.ts';
import { run } from './run.ts';

// Nobody looks at the stacks of the thousands of errors that are thrown on purpose.
Error.stackTraceLimit = 0;
const REPORT_EVERY_MS = 500;

const { from, to, stride } = workerData as Share;
let tally = emptyTally();
let reportedAt = performance.now();
const report = (): void => {
  parentPort?.postMessage(tally);
  tally = emptyTally();
  reportedAt = performance.now();
};
for (let seed = from; seed < to; seed += stride) {
  const { steps, statuses, broken } = await run(seed);
  addTally(tally, { runs: 1, steps, statuses, failed: broken.length > 0 ? [{ seed, broken }] : [] });
  if (performance.now() - reportedAt > REPORT_EVERY_MS) {
    report();
    // Nothing in a run waits for the event loop, so that it would never get to send anything.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
report();
