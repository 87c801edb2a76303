import { paymentService } from '../../../apps/payment-worker/src/application/payment-service.ts';
import type { PaymentMetrics, PaymentTx } from '../../../apps/payment-worker/src/application/ports.ts';
import type { PaymentProvider } from '../../../apps/payment-worker/src/application/provider.ts';
import { CONSUMER_GROUP, subscriptions } from '../../../apps/payment-worker/src/inbound/kafka/subscriptions.ts';
import type { MemoryTables } from '../../../apps/payment-worker/test/memory/memory-database.ts';
import { memoryPaymentTx } from '../../../apps/payment-worker/test/memory/memory-payment-tx.ts';
import type { SimulatedDatabase, UniqueKeysOf } from '../database/simulated-database.ts';
import { messagingOf, type Runtime } from '../runtime.ts';
import { MAX_BATCH, TIMES } from '../times.ts';

export type PaymentDatabase = SimulatedDatabase<MemoryTables, PaymentTx>;

export const emptyPaymentTables = (): MemoryTables => ({
  wallets: new Map(),
  transfers: new Map(),
  payments: new Map(),
  refunds: new Map(),
  topUps: new Map(),
  outbox: [],
});

export const bindPaymentTx = (tables: MemoryTables): PaymentTx => memoryPaymentTx(tables);

/** As in its prisma/schema.prisma. */
export const paymentUniqueKeys: UniqueKeysOf<MemoryTables> = {
  payments: ({ claimsReservation, reservationId }) => (claimsReservation ? [`charged ${reservationId}`] : []),
  topUps: ({ reference }) => (reference === null ? [] : [`reference ${reference}`]),
};

const uncounted: PaymentMetrics = {
  settled: () => {},
  repeated: () => {},
  conflicted: () => {},
  refunded: () => {},
  refundRefused: () => {},
  toppedUp: () => {},
};

/** payment-worker, as its app.ts builds it, without HTTP; the first provider charges, the others did before. */
export function paymentWorker(
  runtime: Runtime,
  database: PaymentDatabase,
  [provider, ...formerProviders]: readonly [PaymentProvider, ...PaymentProvider[]],
) {
  const { clock, ids, life } = runtime;
  const { link, relay, consumer } = messagingOf(runtime, (nudge) => database.connect(life, nudge));
  const payments = paymentService({
    unitOfWork: link.unitOfWork,
    provider,
    formerProviders,
    clock,
    ids,
    metrics: uncounted,
    maxBatch: MAX_BATCH,
    maxQueuedMessages: 1_000,
    maxQueuedRequests: 100,
  });
  const orders = consumer(CONSUMER_GROUP, subscriptions(payments, TIMES.paymentTimeoutMs));
  return {
    payments,
    async start() {
      relay.start();
      await orders.start();
    },
    async close() {
      await orders.stop();
      await payments.drain();
      await relay.drain();
      await relay.stop();
    },
  };
}
