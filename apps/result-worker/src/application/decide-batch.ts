import type { Clock, IdGenerator } from '@stagedoor/platform';
import type { Verdict } from '../domain/decide.ts';
import { deadlinePassed, requestArrived, resultArrived } from '../domain/decide.ts';
import { type ChargeResult, openPayment, type Payment, type PaymentOrder, unknownPayment } from '../domain/payment.ts';
import { messagesOf } from './messages.ts';
import type { ResultMetrics, ResultTx } from './ports.ts';

/** What the use cases are built from. */
export interface DecisionDependencies {
  clock: Clock;
  ids: IdGenerator;
  metrics: ResultMetrics;
}

/** Requests came: opens their payments, answers those that are decided. */
export async function takeRequests(orders: readonly PaymentOrder[], tx: ResultTx, deps: DecisionDependencies) {
  const now = deps.clock.now();
  const firsts = new Map(orders.toReversed().map((order) => [order.reservationId, order]));
  const known = await tx.payments.open([...firsts.values()], now);
  const before = new Map([...firsts].map(([id, order]) => [id, openPayment(order)]));
  for (const payment of known) before.set(payment.reservationId, payment);
  // A payment that was opened just now is written already: its first request must be decided on, not answered.
  const opened = new Set(firsts.keys());
  for (const { reservationId } of known) opened.delete(reservationId);
  await decideEach('request', orders, before, tx, now, deps, (payment, order) => {
    const isNew = opened.delete(order.reservationId);
    return requestArrived(isNew ? unknownPayment(order.reservationId) : payment, order, now);
  });
}

/** Results came: decides, keeps or refunds. */
export async function takeResults(results: readonly ChargeResult[], tx: ResultTx, deps: DecisionDependencies) {
  const now = deps.clock.now();
  const ids = new Set(results.map(({ reservationId }) => reservationId));
  const before = byReservation(await tx.payments.lock([...ids], now));
  await decideEach('result', results, before, tx, now, deps, (payment, result) => resultArrived(payment, result, now));
}

/** These may be overdue, and every result written before `resultsReadUpTo` is processed: expires those that are. */
export async function expireOverdue(
  reservationIds: readonly string[],
  resultsReadUpTo: Date,
  tx: ResultTx,
  deps: DecisionDependencies,
): Promise<void> {
  const now = deps.clock.now();
  const before = byReservation(await tx.payments.lockUndecided(reservationIds));
  const commands = [...before.keys()].map((reservationId) => ({ reservationId }));
  await decideEach('deadline', commands, before, tx, now, deps, (payment) =>
    deadlinePassed(payment, resultsReadUpTo, now),
  );
}

const byReservation = (payments: readonly Payment[]): Map<string, Payment> =>
  new Map(payments.map((payment) => [payment.reservationId, payment]));

/** Decides the commands one after the other, each on what the ones before it left, and writes the effects of all. */
async function decideEach<Command extends { reservationId: string }>(
  name: Parameters<ResultMetrics['decided']>[0],
  commands: readonly Command[],
  before: ReadonlyMap<string, Payment>,
  tx: ResultTx,
  now: Date,
  { ids, metrics }: DecisionDependencies,
  decide: (payment: Payment, command: Command) => Verdict,
): Promise<void> {
  const after = new Map<string, Payment>();
  const verdicts: Verdict[] = [];
  for (const command of commands) {
    const payment = after.get(command.reservationId) ?? before.get(command.reservationId);
    if (payment === undefined) throw new Error(`${command.reservationId} was not locked`);
    const verdict = decide(payment, command);
    after.set(command.reservationId, verdict.payment);
    verdicts.push(verdict);
  }
  const refunds = Map.groupBy(
    verdicts.flatMap((verdict) =>
      verdict.refunds.map((refund) => ({ reservationId: verdict.payment.reservationId, refund })),
    ),
    ({ reservationId }) => reservationId,
  );
  const changes = [...after].map(([reservationId, payment]) => ({
    before: before.get(reservationId) as Payment,
    after: payment,
    refunds: (refunds.get(reservationId) ?? []).map(({ refund }) => refund),
  }));
  await tx.payments.save(changes, now);
  await tx.outbox.add(verdicts.flatMap((verdict) => messagesOf(verdict, ids, now)));
  tx.afterCommit(() => {
    for (const verdict of verdicts) {
      metrics.decided(name, verdict.kind);
      for (const refund of verdict.refunds) metrics.refundAsked(refund.reason);
    }
  });
}
