import { OverloadedError } from '../errors/errors.ts';
import { isTransient } from '../errors/transient.ts';
import { detached, inBatchSpan, submittedIn, type Traced } from '../telemetry/batch-spans.ts';

/** How a GroupCommit is set up. */
export interface GroupCommitOptions<Command, Verdict> {
  /** For error messages and metrics. */
  name: string;
  /** Most commands in one batch. */
  maxBatch: number;
  /** Most commands waiting for the batch that runs; one more is refused with OverloadedError. */
  maxQueued: number;
  /** Does a whole batch, usually in one transaction, and answers a verdict for each command, in their order. */
  execute(commands: Command[]): Promise<Verdict[]>;
  /** What a command is about (a reservation's id), so that what its batch writes about that is part of its trace. */
  subjectOf?(command: Command): string | undefined;
  /** Told the size of each batch as it starts. */
  onBatch?(size: number): void;
}

interface Waiting<Command, Verdict> {
  command: Command;
  traced: Traced | undefined;
  resolve(verdict: Verdict): void;
  reject(error: unknown): void;
}

/**
 * Many commands, one transaction, a verdict for each. A lone command goes at once; those that arrive while a batch runs
 * share the next one, so the batches grow with the load and nobody ever waits for a timer. Batches run one after
 * another, in the order of submission.
 *
 * When a batch fails for a reason that is not transient, its halves are tried again, down to the single commands, so
 * that only the culprits fail. A transient failure (database away) goes to every command of the batch.
 */
export class GroupCommit<Command, Verdict> {
  readonly #options: GroupCommitOptions<Command, Verdict>;
  #waiting: Waiting<Command, Verdict>[] = [];
  #running: Promise<void> | undefined;

  constructor(options: GroupCommitOptions<Command, Verdict>) {
    if (!(options.maxBatch >= 1)) throw new RangeError(`${options.name}: maxBatch must be at least 1`);
    if (!(options.maxQueued >= 1)) throw new RangeError(`${options.name}: maxQueued must be at least 1`);
    this.#options = options;
  }

  /** Commands that wait for the running batch to end. */
  get depth(): number {
    return this.#waiting.length;
  }

  /** Resolves with this command's verdict; rejects with its own failure, or with OverloadedError when too many wait. */
  submit(command: Command): Promise<Verdict> {
    if (this.#waiting.length >= this.#options.maxQueued) {
      return Promise.reject(new OverloadedError(`${this.#options.name}: ${this.#waiting.length} commands are waiting`));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
    this.#waiting.push({ command, traced: submittedIn(this.#options.subjectOf, command), resolve, reject });
    // One microtask later, so that commands submitted in the same turn (a fetched batch of messages) go together.
    this.#running ??= detached(() => Promise.resolve().then(() => this.#runAll()));
    return promise;
  }

  /** Resolves once nothing runs and nothing waits. */
  async drain(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch =
        this.#waiting.length <= this.#options.maxBatch ? this.#waiting : this.#waiting.slice(0, this.#options.maxBatch);
      this.#waiting = batch === this.#waiting ? [] : this.#waiting.slice(batch.length);
      await this.#runBatch(batch);
    }
    this.#running = undefined;
  }

  /** Never rejects: every outcome goes to the commands. */
  async #runBatch(batch: Waiting<Command, Verdict>[]): Promise<void> {
    let verdicts: Verdict[];
    try {
      this.#options.onBatch?.(batch.length);
      verdicts = await inBatchSpan(
        this.#options.name,
        batch.flatMap(({ traced }) => traced ?? []),
        () => this.#options.execute(batch.map((waiting) => waiting.command)),
      );
    } catch (error) {
      if (batch.length === 1 || isTransient(error)) {
        for (const waiting of batch) waiting.reject(error);
        return;
      }
      const middle = Math.ceil(batch.length / 2);
      await this.#runBatch(batch.slice(0, middle));
      await this.#runBatch(batch.slice(middle));
      return;
    }
    if (verdicts.length !== batch.length) {
      // The batch is committed: trying again could do it twice, so this is told to everyone instead.
      const error = new Error(`${this.#options.name}: ${verdicts.length} verdicts for ${batch.length} commands`);
      for (const waiting of batch) waiting.reject(error);
      return;
    }
    batch.forEach((waiting, index) => {
      waiting.resolve(verdicts[index] as Verdict);
    });
  }
}
