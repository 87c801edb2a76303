import { deadLetterTopic, topics } from '@stagedoor/contracts';
import { SimulatedBroker } from '@stagedoor/messaging/testing/simulated-broker';
import type { PaymentProvider } from '../../apps/payment-worker/src/application/provider.ts';
import { fanAccount, transfer } from '../../apps/payment-worker/src/domain/ledger.ts';
import { walletProvider } from '../../apps/payment-worker/src/outbound/wallet/wallet-provider.ts';
import { Messages } from '../../apps/reservation-service/src/application/events.ts';
import { numberSeats } from '../../apps/reservation-service/src/domain/schedule.ts';
import { brokerLink } from './broker-link.ts';
import type { ServiceKind } from './consumer-groups.ts';
import { SimulatedDatabase } from './database/simulated-database.ts';
import type { FaultRates } from './faults.ts';
import type { Life } from './life.ts';
import { OutsideProvider } from './outside-provider.ts';
import { Replica } from './replica.ts';
import type { Runtime } from './runtime.ts';
import type { Scheduler } from './scheduler.ts';
import { bindPaymentTx, emptyPaymentTables, paymentUniqueKeys, paymentWorker } from './services/payment-worker.ts';
import {
  bindQueueTx,
  emptyQueueTables,
  type QueueGateway,
  type QueueGatewayOptions,
  queueGateway,
  queueUniqueKeys,
} from './services/queue-gateway.ts';
import {
  bindReservationTx,
  emptyReservationTables,
  type ReservationService,
  reservationService,
  reservationUniqueKeys,
} from './services/reservation-service.ts';
import {
  bindResultTx,
  emptyResultTables,
  type ResultWorker,
  resultUniqueKeys,
  resultWorker,
} from './services/result-worker.ts';
import { MAX_EXPIRY_GRACE_MS, MAX_RECOVERY_GRACE_MS, REPUBLISH_AFTER_MS } from './times.ts';
import { SimulatedLine } from './waiting-line.ts';

const DAY_MS = 86_400_000;
const PRICE = 10_000;
const MAX_PARTITIONS = 2;

/** How large a world is. */
export interface WorldOptions {
  scheduler: Scheduler;
  faults: FaultRates;
  fans: readonly string[];
  /** Of each show. */
  seats: number;
  shows: number;
  /** Of each service. */
  replicas: { reservation: number; payment: number; result: number; queue: number };
  /** Called after each commit, with the name of the database. */
  onCommit(database: ServiceKind): void;
  onInconsistent(what: string, detail: Record<string, unknown>): void;
  /** Called with everything that queue-gateway tells a fan. */
  onTold: QueueGatewayOptions['onTold'];
  /** Called when a statement meets what no caller expects. */
  onMistake(detail: string): void;
}

export type World = Awaited<ReturnType<typeof buildWorld>>;

/** The services over their databases and one broker; nothing runs yet. */
export async function buildWorld(options: WorldOptions) {
  const { scheduler, faults } = options;
  const broker = new SimulatedBroker({
    clock: scheduler,
    random: scheduler.random,
    idleMs: 120,
    maxFetch: 5,
    maxLatencyMs: 10,
  });
  const partitions = scheduler.between(1, MAX_PARTITIONS);
  for (const { name } of Object.values(topics)) {
    broker.createTopic(name, partitions);
    broker.createTopic(deadLetterTopic(name), 1);
  }
  const common = { scheduler, faults, onMistake: options.onMistake };
  const databases = {
    reservation: new SimulatedDatabase({
      ...common,
      name: 'reservation',
      tables: emptyReservationTables(),
      bind: bindReservationTx,
      uniqueKeys: reservationUniqueKeys,
      onCommit: () => options.onCommit('reservation'),
    }),
    payment: new SimulatedDatabase({
      ...common,
      name: 'payment',
      tables: emptyPaymentTables(),
      bind: bindPaymentTx,
      uniqueKeys: paymentUniqueKeys,
      onCommit: () => options.onCommit('payment'),
    }),
    result: new SimulatedDatabase({
      ...common,
      name: 'result',
      tables: emptyResultTables(),
      bind: bindResultTx,
      uniqueKeys: resultUniqueKeys,
      onCommit: () => options.onCommit('result'),
    }),
    queue: new SimulatedDatabase({
      ...common,
      name: 'queue',
      tables: emptyQueueTables(),
      bind: bindQueueTx,
      uniqueKeys: queueUniqueKeys,
      onCommit: () => options.onCommit('queue'),
    }),
  };
  const terms = { ratePerSecond: scheduler.pick([1, 2, 5]), maxInside: scheduler.between(1, 4) };
  const redis = new SimulatedLine(scheduler, faults);
  await openSale(databases.reservation.tables, scheduler, options);
  fillWallets(databases.payment.tables, scheduler, options.fans);

  let lastId = 0;
  const ids = { next: () => `0193b1f2-0000-7000-8000-${String(++lastId).padStart(12, '0')}` };
  const drawn = {
    republishAfterMs: scheduler.pick([REPUBLISH_AFTER_MS.soon, REPUBLISH_AFTER_MS.never]),
    expiryGraceMs: scheduler.pick([0, MAX_EXPIRY_GRACE_MS]),
    recoveryGraceMs: scheduler.pick([0, MAX_RECOVERY_GRACE_MS]),
  };
  const provider = new OutsideProvider(scheduler, faults, new Set(options.fans.filter(() => scheduler.chance(0.3))));
  const chargesOutside = scheduler.chance(0.4);
  const providersOf = (life: Life): [PaymentProvider, ...PaymentProvider[]] =>
    chargesOutside ? [provider.connect(life), walletProvider] : [walletProvider];
  const runtime = (life: Life): Runtime => ({
    life,
    clock: life,
    ids,
    scheduler,
    drawn,
    broker: brokerLink(broker, life, scheduler, faults),
  });
  const some = <S extends { start(): Promise<void>; close(): Promise<void> }>(
    kind: ServiceKind,
    count: number,
    build: (life: Life) => S,
  ) => Array.from({ length: count }, (_, n) => new Replica(kind, n + 1, scheduler, build, () => faults.crash));
  const reservations: Replica<ReservationService>[] = some('reservation', options.replicas.reservation, (life) =>
    reservationService(runtime(life), databases.reservation, options.onInconsistent),
  );
  const payments = some('payment', options.replicas.payment, (life) =>
    paymentWorker(runtime(life), databases.payment, providersOf(life)),
  );
  const results: Replica<ResultWorker>[] = some('result', options.replicas.result, (life) =>
    resultWorker(runtime(life), databases.result),
  );
  const queues: Replica<QueueGateway>[] = some('queue', options.replicas.queue, (life) =>
    queueGateway(runtime(life), { database: databases.queue, redis, terms, onTold: options.onTold }),
  );
  const replicas: Replica[] = [...reservations, ...payments, ...results, ...queues];
  // As reservation-service told it when the sale was published.
  const messages = new Messages(ids, scheduler.now());
  for (const { id } of databases.reservation.tables.schedules.values()) {
    const [schedule] = await bindReservationTx(databases.reservation.tables, () => {}).schedules.find([id]);
    if (schedule !== undefined) broker.append(messages.scheduleEvent(schedule, 'schedule.published'));
  }
  return { broker, databases, provider, redis, terms, reservations, payments, results, queues, replicas };
}

async function openSale(
  tables: ReturnType<typeof emptyReservationTables>,
  scheduler: Scheduler,
  { seats, shows }: Pick<WorldOptions, 'seats' | 'shows'>,
): Promise<void> {
  const nowMs = scheduler.nowMs;
  const { sections, seatsTotal } = numberSeats([
    { name: 'Floor', grade: 'R', price: PRICE, rows: 1, rowLength: seats },
  ]);
  await bindReservationTx(tables, () => {}).schedules.insertConcert({
    title: 'A concert',
    venue: 'A hall',
    sample: null,
    createdAt: scheduler.now(),
    schedules: Array.from({ length: shows }, () => ({
      ...{ startsAt: new Date(nowMs + DAY_MS), opensAt: new Date(nowMs - DAY_MS) },
      ...{ sections, seatsTotal },
    })),
  });
}

/** One fan has no wallet, some have too little, some enough for everything. */
function fillWallets(
  tables: ReturnType<typeof emptyPaymentTables>,
  scheduler: Scheduler,
  fans: readonly string[],
): void {
  for (const userId of fans) {
    const amount = scheduler.pick([0, PRICE / 2, PRICE, 2 * PRICE, 100 * PRICE, 100 * PRICE]);
    if (amount === 0) continue;
    tables.wallets.set(userId, amount);
    const reference = `first-${fanAccount(userId)}`;
    tables.transfers.set(
      `TOP_UP ${reference}`,
      transfer({ kind: 'TOP_UP', amount, userId, reference, balanceAfter: amount, at: scheduler.now() }),
    );
  }
}
