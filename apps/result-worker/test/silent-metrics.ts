import type { ResultMetrics } from '../src/application/ports.ts';

/** Counts nothing. */
export const silentMetrics: ResultMetrics = {
  decided: () => {},
  refundAsked: () => {},
  refundReported: () => {},
  deadLettersStored: () => {},
  deadLetterResolved: () => {},
  sweeping: () => {},
};
