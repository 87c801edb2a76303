import type { StoredFailReason } from './payment.ts';

/** A fan's money, in won. */
export interface Wallet {
  userId: string;
  balance: number;
}

/** What a wallet says to a charge. `balance` is the wallet's after it, in won. */
export type WalletVerdict =
  | { status: 'SUCCESS'; failReason: null; balance: number }
  | { status: 'FAILED'; failReason: StoredFailReason; balance: number | null };

/**
 * Charges a wallet, all or nothing, never below 0 (design §4, I5).
 * @param balance in won; null where the fan has no wallet
 */
export function chargeWallet(balance: number | null, amount: number): WalletVerdict {
  if (balance === null) return { status: 'FAILED', failReason: 'WALLET_NOT_FOUND', balance };
  if (balance < amount) return { status: 'FAILED', failReason: 'INSUFFICIENT_BALANCE', balance };
  return { status: 'SUCCESS', failReason: null, balance: balance - amount };
}
