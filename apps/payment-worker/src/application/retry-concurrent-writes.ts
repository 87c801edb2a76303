import type { UnitOfWork } from '@stagedoor/platform';
import { ConcurrentWriteError } from './ports.ts';

/** Each further attempt needs another writer to have come first in between, with a key that this batch also has. */
const MAX_ATTEMPTS = 10;

/**
 * Decides a transaction anew when another one wrote the same key meanwhile: at READ COMMITTED nothing can be locked that
 * is not there yet, so two that both find a key unknown are told apart by the unique key, and the later one looks again.
 * After the last attempt the error goes on; it is transient.
 */
export function retryConcurrentWrites<Tx>(unitOfWork: UnitOfWork<Tx>): UnitOfWork<Tx> {
  return {
    async run(work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await unitOfWork.run(work);
        } catch (error) {
          if (!(error instanceof ConcurrentWriteError) || attempt === MAX_ATTEMPTS) throw error;
        }
      }
    },
  };
}
