import type { DueFinder } from '../../src/application/ports.ts';
import type { MemoryDatabase } from './memory-database.ts';

/** Overdue payments of a database in memory. */
export const memoryDueFinder = (database: MemoryDatabase): DueFinder => ({
  async overdue(before, limit) {
    return [...database.tables.payments.values()]
      .filter(({ order, decision }) => order !== null && decision === null && order.deadline < before)
      .sort((one, other) => (one.order?.deadline.getTime() ?? 0) - (other.order?.deadline.getTime() ?? 0))
      .slice(0, limit)
      .map(({ reservationId }) => reservationId);
  },
});
