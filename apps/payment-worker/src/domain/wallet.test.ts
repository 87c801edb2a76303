import fc from 'fast-check';
import { expect, test } from 'vitest';
import { directions, transfer } from './ledger.ts';
import { chargeWallet } from './wallet.ts';

const won = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

test('without a wallet nothing is charged', () => {
  expect(chargeWallet(null, 1)).toEqual({ status: 'FAILED', failReason: 'WALLET_NOT_FOUND', balance: null });
});

test('law: all or nothing, and never below 0', () => {
  fc.assert(
    fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), won, (balance, amount) => {
      const verdict = chargeWallet(balance, amount);
      expect(verdict.status).toBe(amount <= balance ? 'SUCCESS' : 'FAILED');
      expect(verdict.balance).toBe(amount <= balance ? balance - amount : balance);
    }),
  );
});

test.each([
  ['TOP_UP', 'system:funding', 'fan:mina'],
  ['CHARGE', 'fan:mina', 'system:sales'],
  ['REFUND', 'system:sales', 'fan:mina'],
] as const)('a %s is booked from %s to %s', (kind, debitAccount, creditAccount) => {
  const movement = { kind, userId: 'mina', amount: 5, reference: 'k', balanceAfter: 9, at: new Date(0) };
  expect(transfer(movement)).toEqual({ ...movement, debitAccount, creditAccount });
  expect(directions[kind]).toBe(creditAccount === 'fan:mina' ? 1 : -1);
});
