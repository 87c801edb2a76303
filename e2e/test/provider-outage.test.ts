import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { compareBooks, eventually, latencies, providerStandIn } from '@stagedoor/testkit';
import { loadDatabases } from '@stagedoor/testkit/invariants/load-databases';
import { afterAll, expect, test } from 'vitest';
import { openConcert } from '../src/crowd/opening.ts';
import { accessOf } from '../src/stack-access.ts';
import { heldSeats, payAll, payingFans } from './paying-fans.ts';
import { reaches } from './steps.ts';
import { useStack } from './use-stack.ts';

/** How long the provider is away at least, and how many fans pay each second: OUTAGE_MS=180000 makes it three minutes. */
const OUTAGE_MS = Number(process.env.OUTAGE_MS ?? 0);
const PAYING_PER_SECOND = Number(process.env.PAYING_PER_SECOND ?? 20);
/** Payments asked for at once when it goes away; payment-worker is killed when half of their calls are under way. */
const AT_ONCE = OUTAGE_MS > 0 ? 4_000 : 400;
// Long enough that some pay late in the outage and in time for what comes after it, and those who pay first do not.
const PAYMENT_TIMEOUT_MS = Math.max(10_000, (OUTAGE_MS * 2) / 3);

const provider = await providerStandIn({ seed: 3, faults: { latency: latencies.ordinary } });
// Registered first, so run last: what the invariants wait for may still need the provider.
afterAll(() => provider.close());
const timeout = { PAYMENT_TIMEOUT_MS: String(PAYMENT_TIMEOUT_MS) };
const system = useStack({
  env: {
    'queue-gateway': { ADMISSION_RATE_PER_SECOND: '2000', MAX_INSIDE: '100000' },
    'reservation-service': timeout,
    'payment-worker': {
      ...timeout,
      PAYMENT_PROVIDER: 'http',
      PROVIDER_URL: provider.url,
      PROVIDER_TIMEOUT_MS: '8000',
      PROVIDER_BREAKER_WINDOW_MS: '2000',
      PROVIDER_BREAKER_OPEN_MS: '500',
    },
    // Kafka stays; waiting for it would only make the outage longer.
    'result-worker': { ...timeout, KAFKA_RECOVERY_GRACE_MS: '0' },
  },
});

const snapshot = () => loadDatabases(accessOf(system.stack).databases);

/** Nothing is pending any more, only who is CONFIRMED has been charged, and the provider's book says so to the won. */
async function settled() {
  return eventually(async () => {
    const state = await snapshot();
    expect(state.reservations.filter(({ status }) => status === 'PAYMENT_PENDING')).toEqual([]);
    const confirmed = new Set(state.reservations.filter((each) => each.status === 'CONFIRMED').map(({ id }) => id));
    const charged = state.payments.filter(({ unrefunded }) => unrefunded);
    expect(charged.filter(({ reservationId }) => !confirmed.has(reservationId))).toEqual([]);
    expect(compareBooks(provider.book(), state)).toEqual([]);
    return state;
  }, 120_000);
}

test('the provider is away under load, payment-worker killed in the middle of its calls: every fan gets 202, who is in time is CONFIRMED, who is not is not charged or has it back', {
  timeout: OUTAGE_MS + 300_000,
}, async () => {
  const longestMs = OUTAGE_MS + PAYMENT_TIMEOUT_MS * 2 + 60_000;
  const comers = Math.min(90_000, Math.ceil((longestMs / 1_000) * PAYING_PER_SECOND));
  const { scheduleId } = await openConcert(system.api, AT_ONCE + comers, 'The provider is away');
  const atOnce = await heldSeats(system.api, scheduleId, AT_ONCE);
  const stopped = payingFans(system.api, scheduleId, { from: AT_ONCE + 1, most: comers, perSecond: PAYING_PER_SECOND });
  const [before, ...doubtful] = atOnce as [(typeof atOnce)[number], ...typeof atOnce];
  expect((await before.fan.pay(before.id, randomUUID())).status).toBe(202);
  await reaches(before.fan, before.id, 'CONFIRMED');

  // It charges and does not say so, until so many calls are under way; whoever has made them is killed.
  provider.change({ outage: 'stalls' });
  const downAt = Date.now();
  const lasts = (share: number) => Math.max(0, OUTAGE_MS * share - (Date.now() - downAt));
  const answered = payAll(doubtful);
  await eventually(() => provider.calls.now > AT_ONCE / 2, 60_000);
  const killedWith = provider.calls.now;
  await system.stack.kill('payment-worker');
  provider.change({ outage: 'hangs' });
  await answered;
  await system.stack.waitUntilReady('payment-worker');
  await sleep(lasts(1 / 3));
  provider.change({ outage: 'errors' });
  await sleep(lasts(2 / 3));
  provider.change({ outage: 'cut' });
  await sleep(lasts(1));
  // Who was killed is a member of the group until its session ends; then the one that came after it asks, in vain.
  const askedBefore = provider.calls.all;
  await eventually(() => provider.calls.all > askedBefore, 60_000);
  for (const { fan, id } of doubtful.slice(0, 10)) await reaches(fan, id, 'EXPIRED', PAYMENT_TIMEOUT_MS + 60_000);
  const during = await snapshot();
  provider.change({ outage: 'none' });
  const backAt = Date.now();
  // The fans keep coming until nobody waits any more of those who waited when it came back.
  const waited = new Set(during.reservations.filter(({ status }) => status === 'PAYMENT_PENDING').map(({ id }) => id));
  await eventually(async () => {
    const { reservations } = await snapshot();
    expect(reservations.filter(({ id, status }) => waited.has(id) && status === 'PAYMENT_PENDING')).toEqual([]);
  }, 120_000);
  const caughtUpAt = Date.now();
  const paid = [...atOnce.map(({ id }) => id), ...(await stopped())];

  const after = await settled();
  const settledMs = Date.now() - backAt;
  const ids = new Set(paid);
  const reservations = after.reservations.filter(({ id }) => ids.has(id));
  expect(reservations).toHaveLength(paid.length);
  const deadlineOf = ({ paymentDeadline }: (typeof reservations)[number]) => (paymentDeadline as Date).getTime();
  const inTime = reservations.filter((each) => deadlineOf(each) > caughtUpAt);
  expect(inTime.length).toBeGreaterThan(0);
  expect(inTime.filter(({ status }) => status !== 'CONFIRMED')).toEqual([]);
  const expiredDuring = new Set(during.reservations.filter(({ status }) => status === 'EXPIRED').map(({ id }) => id));
  const tooLate = reservations.filter(({ id }) => expiredDuring.has(id));
  expect(tooLate.length).toBeGreaterThan(0);
  expect(tooLate.filter(({ status }) => status !== 'EXPIRED')).toEqual([]);
  // Those who were charged before the kill, and whose deadline passed before the provider could be asked.
  const book = provider.book();
  expect(book.refunds.length).toBeGreaterThan(0);

  const lateMs = Math.max(
    0,
    ...reservations
      .filter((each) => each.status === 'EXPIRED' && deadlineOf(each) > backAt)
      .map((each) => deadlineOf(each) - backAt),
  );
  const count = (status: string) => reservations.filter((each) => each.status === status).length;
  console.log(
    [
      `the provider was away for ${backAt - downAt} ms, ${PAYING_PER_SECOND} fans a second and ${AT_ONCE} at once, ${PAYMENT_TIMEOUT_MS} ms to pay:`,
      `  payments asked for      ${paid.length}, every one answered 202`,
      `  payment-worker killed   with ${killedWith} calls under way`,
      `  CONFIRMED               ${count('CONFIRMED')}`,
      `  EXPIRED                 ${count('EXPIRED')}, of them charged and given back ${book.refunds.length}`,
      `  charged at the provider ${book.charges.filter(({ status }) => status === 'SUCCEEDED').length}, none twice, books agree to the won`,
      `  the last to miss        a deadline that was ${lateMs} ms after the provider was back`,
      `  caught up               ${caughtUpAt - backAt} ms after it was back, with ${waited.size} waiting`,
      `  everything settled      ${settledMs} ms after it was back`,
    ].join('\n'),
  );
});
