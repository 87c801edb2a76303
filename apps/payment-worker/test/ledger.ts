import type { OutboundMessage, PaymentResult, RefundResult } from '@stagedoor/contracts';
import { expect } from 'vitest';
import { fanAccount, type Transfer } from '../src/domain/ledger.ts';
import type { Payment } from '../src/domain/payment.ts';
import type { Refund } from '../src/domain/refund.ts';

/** Everything that the books say, in whatever database they are. Transfers in the order of their ids. */
export interface Books {
  wallets: ReadonlyMap<string, number>;
  transfers: readonly Transfer[];
  payments: readonly Payment[];
  refunds: readonly Refund[];
}

/** The invariants of money, whatever happened (design §4, I4 and I5, and one effect per key). */
export function expectSoundBooks({ wallets, transfers, payments, refunds }: Books): void {
  const balances = new Map<string, number>();
  const move = (account: string, amount: number) => balances.set(account, (balances.get(account) ?? 0) + amount);
  for (const { debitAccount, creditAccount, amount, userId, balanceAfter } of transfers) {
    expect(amount).toBeGreaterThan(0);
    move(debitAccount, -amount);
    move(creditAccount, amount);
    if (balanceAfter === null) {
      expect([debitAccount, creditAccount].toSorted()).toEqual(['system:provider', 'system:sales']);
    } else {
      expect(balances.get(fanAccount(userId))).toBe(balanceAfter);
      expect(balanceAfter).toBeGreaterThanOrEqual(0);
    }
  }
  const total = [...balances.values()].reduce((sum, balance) => sum + balance, 0);
  expect(total, 'debits and credits').toBe(0);
  const fans = [...balances].filter(([account]) => account.startsWith('fan:'));
  expect(new Map(fans)).toEqual(new Map([...wallets].map(([userId, balance]) => [fanAccount(userId), balance])));

  const keysOf = (kind: Transfer['kind']) =>
    transfers.filter((transfer) => transfer.kind === kind).map(({ reference }) => reference);
  const charges = payments.filter((payment) => payment.state === 'SETTLED' && payment.verdict.status === 'SUCCESS');
  expect(keysOf('CHARGE').toSorted()).toEqual(charges.map(({ idempotencyKey }) => idempotencyKey).toSorted());
  const givenBack = refunds.filter((refund) => refund.state === 'SETTLED' && refund.status === 'REFUNDED');
  expect(keysOf('REFUND').toSorted()).toEqual(givenBack.map(({ refundKey }) => refundKey).toSorted());

  const unrefunded = charges.filter(
    ({ idempotencyKey }) => !givenBack.some(({ chargeKey }) => chargeKey === idempotencyKey),
  );
  const claimed = payments.filter(({ claimsReservation }) => claimsReservation);
  expect(
    claimed
      .filter(({ state }) => state === 'SETTLED')
      .map(({ idempotencyKey }) => idempotencyKey)
      .toSorted(),
  ).toEqual(unrefunded.map(({ idempotencyKey }) => idempotencyKey).toSorted());
  const reservations = claimed.map(({ reservationId }) => reservationId);
  expect(new Set(reservations).size, 'one unrefunded charge per reservation').toBe(reservations.length);
}

/** The payment results in an outbox, in their order. */
export const paymentResults = (outbox: readonly OutboundMessage[]): PaymentResult[] =>
  bodies(outbox, 'payment-results');

/** The refund results in an outbox, in their order. */
export const refundResults = (outbox: readonly OutboundMessage[]): RefundResult[] => bodies(outbox, 'refund-results');

function bodies<T>(outbox: readonly OutboundMessage[], topic: string): T[] {
  return outbox.filter((message) => message.topic === topic).map(({ value }) => JSON.parse(value) as T);
}

/** Every answer to one key is the same, but for conflicts, which are not remembered. */
export function expectOneAnswerPerKey(outbox: readonly OutboundMessage[]): void {
  const decided = paymentResults(outbox).filter(({ failReason }) => failReason !== 'IDEMPOTENCY_CONFLICT');
  const answers = [
    ...Map.groupBy(decided, ({ idempotencyKey }) => `payment ${idempotencyKey}`),
    ...Map.groupBy(refundResults(outbox), ({ refundKey }) => refundKey),
  ];
  for (const [key, given] of answers) expect(new Set(given.map((each) => JSON.stringify(each))).size, key).toBe(1);
}
