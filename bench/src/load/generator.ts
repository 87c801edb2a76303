import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { GeneratorTask, ResultOf } from './generator-task.ts';
import type { LoadJob, LoadProgress, LoadResult } from './load-job.ts';

type Message =
  | { kind: 'ready' }
  | { kind: 'started'; startedAtMs: number }
  | { kind: 'progress'; progress: LoadProgress }
  | { kind: 'result'; result: unknown }
  | { kind: 'failed'; message: string };

interface Hooks {
  onStart?(startedAtMs: number): void;
  onProgress?(progress: LoadProgress): void;
}

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

  /** Makes single calls. @throws as play */
  run(job: LoadJob, hooks: Hooks = {}): Promise<LoadResult> {
    return this.play({ kind: 'calls', job }, hooks);
  }

  /** Plays one task. @throws when it cannot be played, or the process ends */
  play<Task extends GeneratorTask>(task: Task, { onStart, onProgress }: Hooks = {}): Promise<ResultOf[Task['kind']]> {
    const { promise, resolve, reject } = Promise.withResolvers<ResultOf[Task['kind']]>();
    const ended = () => reject(new Error('the load generator ended'));
    const take = (message: Message) => {
      if (message.kind === 'started') onStart?.(message.startedAtMs);
      else if (message.kind === 'progress') onProgress?.(message.progress);
      else if (message.kind === 'failed') reject(new Error(`load generator: ${message.message}`));
      else if (message.kind === 'result') resolve(message.result as ResultOf[Task['kind']]);
    };
    this.#child.on('message', take);
    this.#child.once('exit', ended);
    this.#child.send(task);
    return promise.finally(() => {
      this.#child.off('message', take);
      this.#child.off('exit', ended);
    });
  }

  stop(): void {
    this.#child.kill();
  }
}
