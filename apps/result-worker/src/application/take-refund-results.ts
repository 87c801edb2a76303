import type { RefundReport } from '../domain/payment.ts';
import type { ResultMetrics, ResultTx } from './ports.ts';

/** Refunds were made: notes them for the timeline. They decide nothing here. */
export async function takeRefundResults(
  reports: readonly RefundReport[],
  tx: ResultTx,
  { metrics }: { metrics: ResultMetrics },
): Promise<void> {
  await tx.refunds.report(reports);
  tx.afterCommit(() => {
    for (const { status } of reports) metrics.refundReported(status);
  });
}
