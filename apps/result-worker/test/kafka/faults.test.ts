import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type RefundRequest, type ReservationOutcome, topics } from '@stagedoor/contracts';
import { aPaymentRequest, aPaymentResult, eventually } from '@stagedoor/testkit';
import { afterEach, expect, test } from 'vitest';
import { bare, type Decider, startedDecider } from './decider.ts';

const { paymentRequests, paymentResults, refundRequests, reservationOutcomes } = topics;

let decider: Decider;
let child: ChildProcess | undefined;
afterEach(async () => {
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await decider.close();
});

/** The app as a process of its own, on the decider's database and topics. */
function spawned(changes: Record<string, string>): ChildProcess {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  child = spawn(process.execPath, [main], { env: { ...process.env, ...decider.env, ...changes }, stdio: 'ignore' });
  return child;
}

const COUNT = 3_000;
const ids = Array.from({ length: COUNT }, (_, index) => `r-${index}`);

/** For each reservation its request, a success under its key, and one under another. */
async function fillTopics(): Promise<void> {
  await decider.send(ids.map((id) => bare(paymentRequests, id, aPaymentRequest({ reservationId: id }))));
  await decider.send(ids.map((id) => bare(paymentResults, id, aPaymentResult({ reservationId: id }))));
  const again = (id: string) => aPaymentResult({ reservationId: id, idempotencyKey: `${id}-again` });
  await decider.send(ids.map((id) => bare(paymentResults, id, again(id))));
}

/** One decision each, told at least once and always alike; the other charge given back. */
async function expectDecided(): Promise<void> {
  const outcomes = () => decider.values<ReservationOutcome>(reservationOutcomes);
  const refunds = () => decider.values<RefundRequest>(refundRequests);
  await eventually(async () => expect(await decider.statuses()).toEqual({ CONFIRMED: COUNT }), 30_000);
  await eventually(() => {
    expect(new Set(outcomes().map(({ reservationId }) => reservationId)).size).toBe(COUNT);
    expect(new Set(refunds().map(({ refundKey }) => refundKey)).size).toBe(COUNT);
  }, 30_000);
  const told = Map.groupBy(outcomes(), ({ reservationId }) => reservationId);
  for (const same of told.values()) expect(new Set(same.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
  for (const { reservationId, chargeKey } of refunds()) {
    expect(told.get(reservationId)?.[0]?.chargeKey).not.toBe(chargeKey);
  }
  expect(await decider.query('SELECT * FROM early_results')).toEqual([]);
  await eventually(async () => expect(await decider.query('SELECT id FROM outbox')).toEqual([]));
}

const decided = async (): Promise<number> => (await decider.statuses()).CONFIRMED ?? 0;

test('killed in the middle of a backlog: another replica finishes, every payment is decided once', async () => {
  decider = await startedDecider();
  await fillTopics();
  const doomed = spawned({ COMMIT_MAX_BATCH: '10' });
  await eventually(async () => expect(await decided()).toBeGreaterThan(100), 30_000);
  doomed.kill('SIGKILL');
  await once(doomed, 'exit');
  expect(await decided()).toBeLessThan(COUNT);
  await decider.start();
  await expectDecided();
});

test('told to stop in the middle of a backlog: it commits what it has in hand, leaves, and exits with 0', async () => {
  decider = await startedDecider();
  await fillTopics();
  const leaving = spawned({ COMMIT_MAX_BATCH: '10' });
  await eventually(async () => expect(await decided()).toBeGreaterThan(100), 30_000);
  leaving.kill('SIGTERM');
  expect(await once(leaving, 'exit')).toEqual([0, null]);
  // What it committed has left: nothing waits for the next one.
  expect(await decider.query('SELECT id FROM outbox')).toEqual([]);
  await decider.start();
  await expectDecided();
});
