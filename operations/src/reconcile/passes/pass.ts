import type { Difference } from '../difference.ts';

/** One way through a database, page by page: what is held in memory is one page, however large the system. */
export interface Pass {
  name: string;
  /** The next keys after this one, in their order; `null`: the first. Fewer than `limit`: there are no more. */
  keys(after: string | null, limit: number): Promise<string[]>;
  /** What is wrong about these. The subject of each difference is its key, so that it can be looked at once more. */
  examine(keys: readonly string[]): Promise<Difference[]>;
}
