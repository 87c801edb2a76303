import { eventually, type ProcessStage, processStage } from '@stagedoor/testkit';
import { shutdownSuite } from '@stagedoor/testkit/suites/shutdown';
import { afterAll, beforeAll, expect, test } from 'vitest';

shutdownSuite('payment-worker');

let stage: ProcessStage;
beforeAll(async () => {
  stage = await processStage('payment-worker');
});
afterAll(() => stage.strike());

test('SIGTERM while a top-up waits in its transaction: it commits, and the fan has the answer', {
  timeout: 120_000,
}, async () => {
  const process = stage.start();
  const url = await process.listening();
  const topUp = (key: string) =>
    fetch(`${url}/v1/wallet/charges`, {
      method: 'POST',
      headers: {
        authorization: stage.keys.authorization('mina'),
        'idempotency-key': key,
        'content-type': 'application/json',
      },
      body: '{"amount":1000}',
    });
  expect((await topUp('first')).status).toBe(201);
  const outsider = await stage.pool.getConnection();
  await outsider.query('START TRANSACTION');
  await outsider.query("SELECT * FROM wallets WHERE user_id = 'mina' FOR UPDATE");
  const waiting = topUp('second');
  await eventually(async () => expect(await stage.waitingForLocks()).toBe(1));
  process.signal('SIGTERM');
  await eventually(() => process.log.includes('"closing"'));
  await outsider.query('ROLLBACK');
  await outsider.release();
  const answer = await waiting;
  expect(answer.status).toBe(201);
  expect(await answer.json()).toEqual({ userId: 'mina', balance: 2_000 });
  expect(await process.exited).toEqual({ code: 0, signal: null });
  expect(await stage.pool.query('SELECT balance FROM wallets')).toEqual([{ balance: 2_000n }]);
});
