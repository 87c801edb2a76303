import type { PaymentRow, Snapshot } from './snapshot.ts';
import type { Violation } from './violation.ts';

const FINAL_WITHOUT_CHARGE = new Set<string>(['PAYMENT_FAILED', 'EXPIRED', 'CANCELLED']);

const grouped = <T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> => Map.groupBy(items, key);

/** I2 and I3: a confirmed reservation has exactly one unrefunded charge, decided under its key; any other final state none. */
function checkCharges({ reservations, payments, decisions, openRefunds }: Snapshot): Violation[] {
  const violations: Violation[] = [];
  const chargesOf = grouped(
    payments.filter(({ unrefunded }) => unrefunded),
    ({ reservationId }) => reservationId,
  );
  const decisionOf = new Map(decisions.map((decision) => [decision.reservationId, decision]));
  for (const { id, status, amount } of reservations) {
    const charges: PaymentRow[] = chargesOf.get(id) ?? [];
    if (status === 'CONFIRMED') {
      const [charge] = charges;
      const decision = decisionOf.get(id);
      const fits =
        charges.length === 1 &&
        charge?.amount === amount &&
        decision?.status === 'CONFIRMED' &&
        decision.decidedKey === charge.key;
      if (!fits) {
        const found = charges.map(({ key, amount: charged }) => `${key} of ${charged}`).join(', ') || 'none';
        const decided = `${decision?.status ?? 'no decision'} under ${decision?.decidedKey ?? 'no key'}`;
        violations.push({ invariant: 'I2', detail: `${id} CONFIRMED for ${amount}: charges ${found}; ${decided}` });
      }
    } else if (FINAL_WITHOUT_CHARGE.has(status)) {
      for (const { key } of charges.filter((charge) => !openRefunds.has(charge.key))) {
        violations.push({
          invariant: 'I3',
          detail: `${id} is ${status}, but ${key} was charged and nobody gives it back`,
        });
      }
    }
  }
  return violations;
}

/** I4 and I5: the ledger balances, each wallet equals its entries, and no fan's wallet is below 0. */
function checkLedger({ wallets, transfers, payments, refunds }: Snapshot): Violation[] {
  const violations: Violation[] = [];
  const accounts = new Map<string, number>();
  const add = (account: string, amount: number) => accounts.set(account, (accounts.get(account) ?? 0) + amount);
  for (const { debitAccount, creditAccount, amount } of transfers) {
    if (!(amount > 0)) violations.push({ invariant: 'I4', detail: `a transfer of ${amount} from ${debitAccount}` });
    add(debitAccount, -amount);
    add(creditAccount, amount);
  }
  const total = [...accounts.values()].reduce((sum, amount) => sum + amount, 0);
  if (total !== 0) violations.push({ invariant: 'I4', detail: `debits and credits differ by ${total}` });

  for (const { userId, balance } of wallets) {
    const entries = accounts.get(`fan:${userId}`) ?? 0;
    if (entries !== balance) {
      violations.push({
        invariant: 'I4',
        detail: `the wallet of ${userId} has ${balance}, its entries make ${entries}`,
      });
    }
    if (balance < 0) violations.push({ invariant: 'I5', detail: `the wallet of ${userId} has ${balance}` });
    accounts.delete(`fan:${userId}`);
  }
  for (const [account, amount] of accounts) {
    if (account.startsWith('fan:'))
      violations.push({ invariant: 'I4', detail: `${account} has entries of ${amount}, no wallet` });
  }

  const sum = (amounts: readonly { amount: number }[]) => amounts.reduce((made, { amount }) => made + amount, 0);
  const booked = (kind: string) => sum(transfers.filter((transfer) => transfer.kind === kind));
  const charged = sum(payments.filter(({ status }) => status === 'SUCCESS'));
  const refunded = sum(refunds.filter(({ status }) => status === 'REFUNDED'));
  if (booked('CHARGE') !== charged) {
    violations.push({ invariant: 'I4', detail: `${booked('CHARGE')} was booked as charged, payments say ${charged}` });
  }
  if (booked('REFUND') !== refunded) {
    violations.push({ invariant: 'I4', detail: `${booked('REFUND')} was booked as refunded, refunds say ${refunded}` });
  }
  return violations;
}

export const checkMoney = (snapshot: Snapshot): Violation[] => [...checkCharges(snapshot), ...checkLedger(snapshot)];
