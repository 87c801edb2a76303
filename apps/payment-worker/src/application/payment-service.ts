import { type Clock, GroupCommit, type IdGenerator, type UnitOfWork } from '@stagedoor/platform';
import type { PaymentOrder } from '../domain/payment.ts';
import type { RefundOrder } from '../domain/refund.ts';
import type { TopUpOrder } from '../domain/top-up.ts';
import type { PaymentMetrics, PaymentTx } from './ports.ts';
import type { PaymentProvider } from './provider.ts';
import { Providers } from './providers.ts';
import { recordRefunds } from './record-refunds.ts';
import { recordVerdicts } from './record-verdicts.ts';
import { refundCharges } from './refund-charges.ts';
import { retryConcurrentWrites } from './retry-concurrent-writes.ts';
import { settlePayments } from './settle-payments.ts';
import { type TopUpVerdict, topUpWallets } from './top-up-wallets.ts';
import { TwoPhase } from './two-phase.ts';

/** What the use cases are built from. */
export interface PaymentServiceOptions {
  unitOfWork: UnitOfWork<PaymentTx>;
  /** Charges what is new. */
  provider: PaymentProvider;
  /** Those that charged before: they are asked what became of it, and give it back. */
  formerProviders?: readonly PaymentProvider[];
  clock: Clock;
  ids: IdGenerator;
  metrics: PaymentMetrics;
  /** Most commands in one transaction. */
  maxBatch: number;
  /** Most commands of messages that wait for theirs, of each kind; one more is refused, and its message waits. */
  maxQueuedMessages: number;
  /** Most commands of HTTP requests that wait for theirs; one more is refused. */
  maxQueuedRequests: number;
  /** Told the size of each transaction's batch, by what its commands are. */
  onBatch?: (name: string) => (size: number) => void;
}

/** What use cases decide with. */
interface Means {
  providers: Providers;
  clock: Clock;
  ids: IdGenerator;
}

/** Everything that moves money: each kind of command in group commit. */
export interface PaymentService {
  /** Resolves once the order has its verdict and the answer is committed to the outbox. */
  pay(order: PaymentOrder): Promise<void>;
  /** As pay. @throws PermanentError REFUND_FAILED for an order that does not fit its charge */
  refund(order: RefundOrder): Promise<void>;
  topUp(order: TopUpOrder): Promise<TopUpVerdict>;
  /** Resolves once nothing is being committed and nothing waits for it. */
  drain(): Promise<void>;
}

/** An order, or the answer to an attempt; a top-up is about no reservation. */
type About = TopUpOrder | { reservationId: string } | { attempt: { reservationId: string } };

const reservationOf = (command: About): string | undefined =>
  'attempt' in command ? command.attempt.reservationId : 'reservationId' in command ? command.reservationId : undefined;

/** Puts the use cases behind group commits and the provider's two phases. */
export function paymentService(options: PaymentServiceOptions): PaymentService {
  const { provider, formerProviders, clock, ids, metrics, maxBatch } = options;
  const providers = new Providers(provider, formerProviders);
  const unitOfWork = retryConcurrentWrites(options.unitOfWork);
  const groups: { drain(): Promise<void> }[] = [];

  /** Counts after the commit: what a transaction decided in vain, or twice, is not counted. */
  const group = <Command extends About, Verdict>(
    name: string,
    decide: (commands: readonly Command[], tx: PaymentTx, means: Means) => Promise<Verdict[]>,
    count: (verdict: Verdict) => void,
    maxQueued = options.maxQueuedMessages,
  ): GroupCommit<Command, Verdict> => {
    const made = new GroupCommit<Command, Verdict>({
      name,
      maxBatch,
      maxQueued,
      subjectOf: reservationOf,
      ...(options.onBatch && { onBatch: options.onBatch(name) }),
      async execute(commands) {
        const verdicts = await unitOfWork.run((tx) => decide(commands, tx, { providers, clock, ids }));
        verdicts.forEach(count);
        return verdicts;
      },
    });
    groups.push(made);
    return made;
  };

  const settling = group('payments', settlePayments, (step) => {
    if (step.kind !== 'done') return;
    if (step.outcome === 'conflict') metrics.conflicted();
    else if (step.outcome === 'repeated') metrics.repeated('payment');
    else metrics.settled(step.payment);
  });
  const verdicts = group('payment verdicts', recordVerdicts, ({ payment, isNew }) => {
    if (isNew) metrics.settled(payment);
    else metrics.repeated('payment');
  });
  const refunding = group('refunds', refundCharges, (step) => {
    if (step.kind === 'refused') metrics.refundRefused();
    if (step.kind !== 'done') return;
    if (step.outcome === 'repeated') metrics.repeated('refund');
    else metrics.refunded(step.refund);
  });
  const refundResults = group('refund results', recordRefunds, ({ refund, isNew }) => {
    if (isNew) metrics.refunded(refund);
    else metrics.repeated('refund');
  });
  const countTopUp = (verdict: TopUpVerdict) => {
    if (verdict.kind === 'made') metrics.toppedUp(verdict.topUp.amount);
    else if (verdict.kind === 'repeated') metrics.repeated('topUp');
  };
  const toppingUp = group('top-ups', topUpWallets, countTopUp, options.maxQueuedRequests);

  const payments = new TwoPhase({
    keyOf: (order: PaymentOrder) => order.idempotencyKey,
    begin: (order) => settling.submit(order),
    providerNamed: (name) => providers.remote(name),
    call: (remote, attempt) => remote.charge(attempt),
    inquire: (remote, attempt) => remote.inquireCharge(attempt),
    record: (answer) => verdicts.submit(answer),
  });
  const refunds = new TwoPhase({
    keyOf: (order: RefundOrder) => order.refundKey,
    begin: (order) => refunding.submit(order),
    providerNamed: (name) => providers.remote(name),
    call: (remote, attempt) => remote.refund(attempt),
    inquire: (remote, attempt) => remote.inquireRefund(attempt),
    record: (answer) => refundResults.submit(answer),
  });

  return {
    pay: (order) => payments.process(order),
    refund: (order) => refunds.process(order),
    topUp: (order) => toppingUp.submit(order),
    drain: async () => {
      for (const each of groups) await each.drain();
    },
  };
}
