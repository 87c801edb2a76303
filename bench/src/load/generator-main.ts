import type { GeneratorTask } from './generator-task.ts';
import { runJourneys } from './run-journeys.ts';
import { runLoad } from './run-load.ts';
import { runSockets } from './run-sockets.ts';

/** The load generator's own process, so that its CPU time is told apart from everything else's: tasks in, results out. */
const tell = (message: object) => process.send?.(message);
const hooks = {
  onStart: (startedAtMs: number) => tell({ kind: 'started', startedAtMs }),
  onProgress: (progress: object) => tell({ kind: 'progress', progress }),
};

const play = (task: GeneratorTask): Promise<unknown> => {
  if (task.kind === 'calls') return runLoad(task.job, hooks);
  return task.kind === 'journeys' ? runJourneys(task.job, hooks) : runSockets(task.job, hooks);
};

process.on('message', (task: GeneratorTask) => {
  play(task).then(
    (result) => tell({ kind: 'result', result }),
    (error: unknown) => tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit());
tell({ kind: 'ready' });
