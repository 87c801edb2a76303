import { PeriodicJob } from '@stagedoor/platform';
import { DeadLetters } from '../../../apps/result-worker/src/application/dead-letters.ts';
import { ExpirySweeper } from '../../../apps/result-worker/src/application/expiry-sweeper.ts';
import type { ResultTx } from '../../../apps/result-worker/src/application/ports.ts';
import { CONSUMER_GROUP, subscriptions } from '../../../apps/result-worker/src/inbound/kafka/subscriptions.ts';
import { kafkaResultBacklog } from '../../../apps/result-worker/src/outbound/kafka/result-backlog.ts';
import type { MemoryTables } from '../../../apps/result-worker/test/memory/memory-database.ts';
import { memoryResultTx } from '../../../apps/result-worker/test/memory/memory-result-tx.ts';
import { silentMetrics } from '../../../apps/result-worker/test/silent-metrics.ts';
import type { SimulatedDatabase, UniqueKeysOf } from '../database/simulated-database.ts';
import { logger, messagingOf, type Runtime } from '../runtime.ts';
import { MAX_BATCH, TIMES } from '../times.ts';

export type ResultDatabase = SimulatedDatabase<MemoryTables, ResultTx>;

export const emptyResultTables = (): MemoryTables => ({
  payments: new Map(),
  refunds: new Map(),
  deadLetters: new Map(),
  actions: [],
  outbox: [],
});

export const bindResultTx = (tables: MemoryTables, afterCommit: (callback: () => void) => void): ResultTx =>
  memoryResultTx(tables, afterCommit);

/** As in its prisma/schema.prisma. */
export const resultUniqueKeys: UniqueKeysOf<MemoryTables> = {
  deadLetters: ({ topic, partition, offset, group }) => [`place ${topic} ${partition} ${offset} ${group}`],
};

/** As memoryDueFinder, over the tables as they are at that moment. */
const overdueIn = (tables: MemoryTables, before: Date, limit: number): string[] =>
  [...tables.payments.values()]
    .filter(({ order, decision }) => order !== null && decision === null && order.deadline < before)
    .sort((one, other) => (one.order?.deadline.getTime() ?? 0) - (other.order?.deadline.getTime() ?? 0))
    .slice(0, limit)
    .map(({ reservationId }) => reservationId);

/** result-worker, as its app.ts builds it, without HTTP and pruning. */
export function resultWorker(runtime: Runtime, database: ResultDatabase) {
  const { clock, ids, life, broker } = runtime;
  const { link, relay, leadership, consumer } = messagingOf(runtime, (nudge) => database.connect(life, nudge));
  const { unitOfWork } = link;
  const deciding = { clock, ids, metrics: silentMetrics };
  const deadLetters = new DeadLetters({ unitOfWork, ...deciding, maxBatch: MAX_BATCH, maxQueued: 1_000 });
  const results = consumer(
    CONSUMER_GROUP,
    subscriptions({
      ...deciding,
      unitOfWork,
      deadLetters,
      maxBatch: MAX_BATCH,
      paymentTimeoutMs: TIMES.paymentTimeoutMs,
    }),
  );
  const sweeper = new ExpirySweeper({
    ...deciding,
    unitOfWork,
    backlog: kafkaResultBacklog(broker, CONSUMER_GROUP),
    due: { overdue: (before, limit) => link.read((tables) => overdueIn(tables, before, limit)) },
    leadership: leadership('sweeper'),
    logger,
    maxBatch: MAX_BATCH,
    graceMs: runtime.drawn.expiryGraceMs,
    bounds: { maxGapMs: 5 * TIMES.sweepIntervalMs, recoveryGraceMs: runtime.drawn.recoveryGraceMs },
  });
  const sweeping = new PeriodicJob({
    name: 'expiry',
    intervalMs: TIMES.sweepIntervalMs,
    clock,
    logger,
    run: async (signal) => void (await sweeper.sweep(signal)),
  });
  return {
    deadLetters,
    async start() {
      relay.start();
      await results.start();
      sweeping.start();
    },
    async close() {
      await results.stop();
      await deadLetters.drain();
      await sweeping.stop();
      await relay.drain();
      await relay.stop();
    },
  };
}

export type ResultWorker = ReturnType<typeof resultWorker>;
