/** Why money moved. */
export type TransferKind = 'TOP_UP' | 'CHARGE' | 'REFUND';

/**
 * Accounts of the house. They have no balance row: it would be one hot row for everybody (design §4, I4). `provider` is what
 * a provider outside took from fans for us: money that never was in a wallet.
 */
export const systemAccounts = {
  funding: 'system:funding',
  sales: 'system:sales',
  provider: 'system:provider',
} as const;

/** A fan's account in the ledger. */
export const fanAccount = (userId: string): string => `fan:${userId}`;

/** Money that goes in or out of a fan's wallet. */
export interface Movement {
  kind: TransferKind;
  /** In won, positive. */
  amount: number;
  userId: string;
  /** The effect's own key, unique within its kind: charge key, refund key, or a top-up's reference. */
  reference: string;
  /** The fan's balance after it, in won. */
  balanceAfter: number;
  at: Date;
}

/** A movement as the ledger has it: the debit account gives, the credit account receives, the same amount. */
export interface Transfer extends Omit<Movement, 'balanceAfter'> {
  debitAccount: string;
  creditAccount: string;
  /** The fan's balance after it, in won; null where no wallet was touched. */
  balanceAfter: number | null;
}

/** What a transfer of each kind does to the fan's wallet. */
export const directions = { TOP_UP: 1, CHARGE: -1, REFUND: 1 } as const satisfies Record<TransferKind, 1 | -1>;

/** Books a movement between the fan's account and the account of the house that its kind concerns. */
export function transfer(movement: Movement): Transfer {
  const fan = fanAccount(movement.userId);
  const house = movement.kind === 'TOP_UP' ? systemAccounts.funding : systemAccounts.sales;
  return directions[movement.kind] === 1
    ? { ...movement, debitAccount: house, creditAccount: fan }
    : { ...movement, debitAccount: fan, creditAccount: house };
}

/** Books what a provider outside charged, or gave back: between its account and the sales, and no fan's wallet. */
export function outsideTransfer(movement: Omit<Movement, 'balanceAfter'> & { kind: 'CHARGE' | 'REFUND' }): Transfer {
  const { provider, sales } = systemAccounts;
  return movement.kind === 'CHARGE'
    ? { ...movement, debitAccount: provider, creditAccount: sales, balanceAfter: null }
    : { ...movement, debitAccount: sales, creditAccount: provider, balanceAfter: null };
}
