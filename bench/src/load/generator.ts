import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LoadJob, LoadProgress, LoadResult } from './load-job.ts';

type Message =
  | { kind: 'ready' }
  | { kind: 'started'; startedAtMs: number }
  | { kind: 'progress'; progress: LoadProgress }
  | { kind: 'result'; result: LoadResult }
  | { kind: 'failed'; message: string };

/** A load generator in a process of its own. Whoever starts it stops it. */
export class Generator {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<Generator> {
    const child = fork(join(import.meta.dirname, 'generator-main.ts'), {
      serialization: 'advanced',
      // Tokens of hundreds of thousands of fans are in its memory.
      execArgv: ['--max-old-space-size=4096'],
    });
    await once(child, 'message');
    return new Generator(child);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Plays one job. @throws when it cannot be played, or the process ends */
  run(
    job: LoadJob,
    { onStart, onProgress }: { onStart?(startedAtMs: number): void; onProgress?(progress: LoadProgress): void } = {},
  ): Promise<LoadResult> {
    const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
    const ended = () => reject(new Error('the load generator ended'));
    const take = (message: Message) => {
      if (message.kind === 'started') onStart?.(message.startedAtMs);
      else if (message.kind === 'progress') onProgress?.(message.progress);
      else if (message.kind === 'failed') reject(new Error(`load generator: ${message.message}`));
      else if (message.kind === 'result') resolve(message.result);
    };
    this.#child.on('message', take);
    this.#child.once('exit', ended);
    this.#child.send(job);
    return promise.finally(() => {
      this.#child.off('message', take);
      this.#child.off('exit', ended);
    });
  }

  stop(): void {
    this.#child.kill();
  }
}
