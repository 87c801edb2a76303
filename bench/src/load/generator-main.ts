import type { LoadJob } from './load-job.ts';
import { runLoad } from './run-load.ts';

/** The load generator's own process, so that its CPU time is told apart from everything else's: jobs in, results out. */
const tell = (message: object) => process.send?.(message);

process.on('message', (job: LoadJob) => {
  runLoad(job, {
    onStart: (startedAtMs) => tell({ kind: 'started', startedAtMs }),
    onProgress: (progress) => tell({ kind: 'progress', progress }),
  }).then(
    (result) => tell({ kind: 'result', result }),
    (error: unknown) => tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit());
tell({ kind: 'ready' });
