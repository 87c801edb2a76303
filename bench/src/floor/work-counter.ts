import type { System } from '../system/system.ts';
import { startCounting, type WorkPerOp, type Written, workPerOp, written } from './work.ts';

/** Counts what a load makes a system write, from before its first call to when all of it is settled. */
export class WorkCounter {
  readonly #system: System;
  #before: Written | undefined;
  #after: Written | undefined;
  /** Calls that were done; set by whoever made them. */
  operations = 0;

  constructor(system: System) {
    this.#system = system;
  }

  async begin(): Promise<void> {
    await startCounting(this.#system);
    this.#before = await written(this.#system);
    this.#after = undefined;
  }

  /** Counts now rather than when it is asked: for a suite that goes on to write what is not of its operations. */
  async end(operations: number): Promise<void> {
    this.#after = await written(this.#system);
    this.operations = operations;
  }

  /** Null where nothing was counted. */
  async perOp(): Promise<WorkPerOp | null> {
    if (this.#before === undefined || this.operations === 0) return null;
    return workPerOp(this.#before, this.#after ?? (await written(this.#system)), this.operations);
  }
}
