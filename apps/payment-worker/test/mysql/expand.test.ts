import { type PaymentResult, topics } from '@stagedoor/contracts';
import { aPaymentRequest, eventually, type ProcessStage, processStage } from '@stagedoor/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

// What a later version may ask for of each kind of table here, in the words of docs/operations/migrations.md: the server
// refuses a step that it could not do beside writers. `MODIFY` repeats the column's character set, which would change.
const steps = [
  // Inserted into all the time, by AUTO_INCREMENT.
  'ALTER TABLE transfers ADD COLUMN later_note VARCHAR(64) NULL, ALGORITHM = INSTANT',
  'ALTER TABLE transfers ADD INDEX later_idx (created_at), ALGORITHM = INPLACE, LOCK = NONE',
  "ALTER TABLE transfers MODIFY COLUMN kind ENUM('TOP_UP', 'CHARGE', 'REFUND', 'CORRECTION') NOT NULL, ALGORITHM = INSTANT",
  // A few rows that everybody updates.
  'ALTER TABLE wallets ADD COLUMN later_frozen BOOLEAN NOT NULL DEFAULT FALSE, ALGORITHM = INSTANT',
  // Looked up by a text key, and updated once.
  'ALTER TABLE payments ADD COLUMN later_provider VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL, ALGORITHM = INSTANT',
  'ALTER TABLE payments MODIFY COLUMN fail_reason VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL, ALGORITHM = INPLACE, LOCK = NONE',
  // A queue: inserted into and deleted from.
  'ALTER TABLE outbox ADD COLUMN later_kind SMALLINT UNSIGNED NOT NULL DEFAULT 0, ALGORITHM = INSTANT',
  // One row that is locked again and again.
  'ALTER TABLE leases ADD COLUMN later_since DATETIME(3) NULL, ALGORITHM = INSTANT',
  'CREATE TABLE later_limits (user_id VARCHAR(64) NOT NULL PRIMARY KEY, won BIGINT NOT NULL) ENGINE = InnoDB',
];

const FANS = 8;
const PRICE = 1_000;
// For every payment of the test.
const ENOUGH = 50_000_000;
let stage: ProcessStage;
beforeAll(async () => {
  stage = await processStage('payment-worker', [topics.paymentResults]);
});
afterAll(() => stage.strike());

test('a later version expands every kind of table while this one serves: no call fails, no payment is lost', {
  timeout: 120_000,
}, async () => {
  const process = stage.start();
  const url = await process.listening();
  let toppedUp = 0;
  const topUp = async (fan: string, amount = PRICE): Promise<void> => {
    const answer = await fetch(`${url}/v1/wallet/charges`, {
      method: 'POST',
      headers: {
        authorization: stage.keys.authorization(fan),
        'idempotency-key': `k-${toppedUp++}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ amount }),
    });
    expect(answer.status).toBe(201);
  };
  const fans = Array.from({ length: FANS }, (_, index) => `fan-${index}`);
  await Promise.all(fans.map((fan) => topUp(fan, ENOUGH)));

  let paid = 0;
  let over = false;
  const settled = () =>
    new Set(stage.said<PaymentResult>(topics.paymentResults).map((told) => told.reservationId)).size;
  const load = Promise.all([
    ...fans.map(async (fan) => {
      while (!over) await topUp(fan);
    }),
    (async () => {
      while (!over) {
        const requests = fans.map((userId) => aPaymentRequest({ reservationId: `r-${paid++}`, userId, amount: PRICE }));
        await stage.tell(topics.paymentRequests, requests);
      }
    })(),
  ]);
  try {
    for (const step of steps) {
      const [toppedUpBefore, settledBefore] = [toppedUp, settled()];
      await stage.pool.query(step);
      // Money moves both ways on what the step has made of the tables.
      await eventually(() => {
        expect(toppedUp).toBeGreaterThan(toppedUpBefore + FANS);
        expect(settled()).toBeGreaterThan(settledBefore);
      }, 30_000);
    }
  } finally {
    over = true;
    await load;
  }
  await eventually(() => expect(settled()).toBe(paid), 60_000);
  const results = stage.said<PaymentResult>(topics.paymentResults);
  expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['SUCCESS']));
  const [books] = await stage.pool.query(
    "SELECT (SELECT SUM(balance) FROM wallets) AS won, (SELECT COUNT(*) FROM transfers WHERE kind = 'CHARGE') AS charges",
  );
  expect({ won: Number(books.won), charges: Number(books.charges) }).toEqual({
    won: FANS * ENOUGH + (toppedUp - FANS - paid) * PRICE,
    charges: paid,
  });
  expect(process.log).not.toMatch(/"level":"(error|fatal)"/);
  await process.stop();
});
