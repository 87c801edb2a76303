import { type Clock, TransientError } from '@stagedoor/platform';

const MAX_ATTEMPTS = 4;
const FIRST_PAUSE_MS = 20;

/**
 * Runs again what ended in a commit of which nobody knows whether it happened. Safe where the work recognises what an
 * earlier attempt did: by ids that were made before, by keys, by states.
 */
export async function untilKnown<T>(clock: Clock, run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof TransientError) || attempt === MAX_ATTEMPTS) throw error;
      await clock.sleep(FIRST_PAUSE_MS * 2 ** attempt);
    }
  }
}
