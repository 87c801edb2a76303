import type { WorkPerOp } from './work.ts';

/** What the floor's process is to write: the same rows and messages again, the cheapest way there is. */
export interface FloorTask {
  mysqlUrl: string;
  brokers: string[];
  work: WorkPerOp;
  operations: number;
}

/** Operations that share a transaction, a statement and a send. */
export const FLOOR_BATCH = 400;

export type FloorMessage = { kind: 'ready' } | { kind: 'done' } | { kind: 'failed'; message: string };
