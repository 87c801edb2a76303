import { type PaymentResult, topics } from '@stagedoor/contracts';
import { aPaymentRequest } from '@stagedoor/testkit';
import { rebalanceSuite } from '@stagedoor/testkit/suites/rebalance';
import { expect } from 'vitest';

const FANS = 20;
const PRICE = 120_000;
const TOP_UP = 100_000_000;
const fanOf = (n: number): string => `fan-${n % FANS}`;

rebalanceSuite({
  app: 'payment-worker',
  reads: [topics.paymentRequests, topics.refundRequests],
  writes: [topics.paymentResults],
  env: { COMMIT_MAX_BATCH: '10' },
  async prepare({ keys }, url) {
    for (let n = 0; n < FANS; n++) {
      const answer = await fetch(`${url}/v1/wallet/charges`, {
        method: 'POST',
        headers: {
          authorization: keys.authorization(fanOf(n)),
          'idempotency-key': 'first',
          'content-type': 'application/json',
        },
        body: JSON.stringify({ amount: TOP_UP }),
      });
      expect(answer.status).toBe(201);
    }
  },
  feed: (stage, from, to) =>
    stage.tell(
      topics.paymentRequests,
      Array.from({ length: to - from }, (_, index) =>
        aPaymentRequest({ reservationId: `r-${from + index}`, userId: fanOf(from + index), amount: PRICE }),
      ),
    ),
  async effects({ pool }) {
    const [row] = await pool.query("SELECT COUNT(*) AS settled FROM payments WHERE status = 'SUCCESS'");
    return Number(row.settled);
  },
  lock: (n) => ({ sql: 'SELECT * FROM wallets WHERE user_id = ? FOR UPDATE', params: [fanOf(n)] }),
  async expectOnce({ pool, said }, count) {
    const [money] = await pool.query(
      "SELECT SUM(balance) AS won, (SELECT COUNT(*) FROM transfers WHERE kind = 'CHARGE') AS charges FROM wallets",
    );
    expect({ won: Number(money.won), charges: Number(money.charges) }).toEqual({
      won: FANS * TOP_UP - count * PRICE,
      charges: count,
    });
    await expect.poll(() => new Set(said(topics.paymentResults).map((told) => JSON.stringify(told))).size).toBe(count);
    expect(new Set(said<PaymentResult>(topics.paymentResults).map((told) => told.reservationId)).size).toBe(count);
  },
});
