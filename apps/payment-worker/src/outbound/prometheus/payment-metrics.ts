import type { Metrics } from '@stagedoor/platform';
import type { PaymentMetrics } from '../../application/ports.ts';

/** What was committed, as Prometheus counters. */
export function prometheusPaymentMetrics(metrics: Metrics): PaymentMetrics {
  const settled = metrics.counter({
    name: 'payments_settled_total',
    help: 'Payments that got their verdict, by status and fail reason',
    labels: ['status', 'reason'],
  });
  const charged = metrics.counter({ name: 'payments_charged_won_total', help: 'Charged to fans, in won' });
  const repeated = metrics.counter({
    name: 'payments_repeated_total',
    help: 'Orders whose key had its verdict before, answered again without a second effect',
    labels: ['kind'],
  });
  const conflicts = metrics.counter({
    name: 'payments_conflicts_total',
    help: 'Payment orders whose key stands for other terms',
  });
  const refunds = metrics.counter({
    name: 'refunds_settled_total',
    help: 'Refunds done, by status',
    labels: ['status'],
  });
  const refunded = metrics.counter({ name: 'refunds_refunded_won_total', help: 'Given back to fans, in won' });
  const refused = metrics.counter({
    name: 'refunds_refused_total',
    help: 'Refund orders that do not fit their charge; each becomes a dead letter',
  });
  const toppedUp = metrics.counter({ name: 'wallets_topped_up_won_total', help: 'Put into wallets, in won' });

  return {
    settled({ verdict, amount }) {
      settled.inc({ status: verdict.status, reason: verdict.failReason ?? 'NONE' });
      if (verdict.status === 'SUCCESS') charged.inc(amount);
    },
    repeated: (kind) => repeated.inc({ kind }),
    conflicted: () => conflicts.inc(),
    refunded({ status, amount }) {
      refunds.inc({ status });
      if (status === 'REFUNDED') refunded.inc(amount);
    },
    refundRefused: () => refused.inc(),
    toppedUp: (amount) => toppedUp.inc(amount),
  };
}
