import { checkInvariants, type SystemAccess } from '@stagedoor/testkit';
import type { InvariantsAnswer } from './invariants.ts';

const HOLD_LIMIT = 4;
const SWEEP_MS = 10_000;
const PATIENCE_MS = 120_000;

/** A process of its own: told of a system, answers once. */
const tell = (answer: InvariantsAnswer) => process.send?.(answer);
process.on('message', (access: SystemAccess) => {
  checkInvariants(access, { holdLimit: HOLD_LIMIT, sweepMs: SWEEP_MS }, PATIENCE_MS).then(
    ({ violations, openRefunds }) =>
      tell({ broken: [...violations.map(({ invariant, detail }) => `${invariant}: ${detail}`), ...openRefunds] }),
    (error: unknown) => tell({ failed: String(error instanceof Error ? error.stack : error) }),
  );
});
process.on('disconnect', () => process.exit());
