import { type ReservationOutcome, topics } from '@stagedoor/contracts';
import { aPaymentRequest, aPaymentResult, eventually } from '@stagedoor/testkit';
import { rebalanceSuite } from '@stagedoor/testkit/suites/rebalance';
import { expect } from 'vitest';

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `r-${from + index}`);

rebalanceSuite({
  app: 'result-worker',
  reads: [topics.paymentRequests, topics.paymentResults, topics.refundResults],
  writes: [topics.reservationOutcomes],
  env: { COMMIT_MAX_BATCH: '10' },
  async prepare(stage, _url, count) {
    await stage.tell(
      topics.paymentRequests,
      numbers(0, count).map((reservationId) => aPaymentRequest({ reservationId })),
    );
    await eventually(async () => {
      const [row] = await stage.pool.query("SELECT COUNT(*) AS pending FROM decisions WHERE status = 'PENDING'");
      expect(Number(row.pending)).toBe(count);
    }, 60_000);
  },
  feed: (stage, from, to) =>
    stage.tell(
      topics.paymentResults,
      numbers(from, to).map((reservationId) => aPaymentResult({ reservationId })),
    ),
  async effects({ pool }) {
    const [row] = await pool.query("SELECT COUNT(*) AS decided FROM decisions WHERE status = 'CONFIRMED'");
    return Number(row.decided);
  },
  lock: (n) => ({ sql: 'SELECT * FROM decisions WHERE reservation_id = ? FOR UPDATE', params: [`r-${n}`] }),
  async expectOnce({ said }, count) {
    const outcomes = () => said<ReservationOutcome>(topics.reservationOutcomes);
    await expect.poll(() => new Set(outcomes().map((told) => JSON.stringify(told))).size).toBe(count);
    expect(new Set(outcomes().map(({ reservationId }) => reservationId)).size).toBe(count);
    expect(outcomes().every(({ outcome }) => outcome === 'CONFIRMED')).toBe(true);
  },
});
