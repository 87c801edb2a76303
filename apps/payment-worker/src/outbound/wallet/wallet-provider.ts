import { PermanentError } from '@stagedoor/platform';
import { Accounts } from '../../application/accounts.ts';
import type { Book, BookProvider } from '../../application/provider.ts';
import type { SettledPayment, Terms, Verdict } from '../../domain/payment.ts';
import { chargeWallet } from '../../domain/wallet.ts';

/** Charges the fans' wallets in our own database. */
export const walletProvider: BookProvider = {
  kind: 'book',
  name: 'wallet',
  open: async (tx, userIds) => new WalletBook(await Accounts.lock(tx, userIds)),
};

class WalletBook implements Book {
  readonly #accounts: Accounts;

  constructor(accounts: Accounts) {
    this.#accounts = accounts;
  }

  balanceOf(userId: string): number | null {
    return this.#accounts.balanceOf(userId);
  }

  charge({ idempotencyKey, userId, amount }: Terms, at: Date): Verdict {
    const verdict = chargeWallet(this.#accounts.balanceOf(userId), amount);
    if (verdict.status === 'SUCCESS') {
      const balanceAfter = verdict.balance;
      this.#accounts.move({ kind: 'CHARGE', userId, amount, reference: idempotencyKey, balanceAfter, at });
    }
    return verdict;
  }

  giveBack({ userId, amount }: SettledPayment, refundKey: string, at: Date): number {
    const balance = this.#accounts.balanceOf(userId);
    if (balance === null) throw new PermanentError('REFUND_FAILED', 'the wallet that was charged is gone');
    const balanceAfter = balance + amount;
    this.#accounts.move({ kind: 'REFUND', userId, amount, reference: refundKey, balanceAfter, at });
    return balanceAfter;
  }

  save(): Promise<void> {
    return this.#accounts.save();
  }
}
