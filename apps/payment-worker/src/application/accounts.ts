import { type Movement, type Transfer, transfer } from '../domain/ledger.ts';
import type { PaymentTx } from './ports.ts';

/**
 * The wallets that one transaction holds. Commands on one wallet are decided one after another on the balance that the
 * earlier ones left; what came of it is written at the end, in one statement per table.
 */
export class Accounts {
  readonly #tx: PaymentTx;
  /** As they were locked; what is missing here has no row yet. */
  readonly #locked: ReadonlySet<string>;
  readonly #balances: Map<string, number>;
  readonly #transfers: Transfer[] = [];

  private constructor(tx: PaymentTx, balances: Map<string, number>) {
    this.#tx = tx;
    this.#locked = new Set(balances.keys());
    this.#balances = balances;
  }

  /** Locks the wallets of these fans, as far as they have one. */
  static async lock(tx: PaymentTx, userIds: readonly string[]): Promise<Accounts> {
    const wallets = await tx.wallets.lock([...new Set(userIds)]);
    return new Accounts(tx, new Map(wallets.map(({ userId, balance }) => [userId, balance])));
  }

  /** In won; null where the fan has no wallet. */
  balanceOf(userId: string): number | null {
    return this.#balances.get(userId) ?? null;
  }

  /** Notes a movement that was decided; opens the wallet where there is none. */
  move(movement: Movement): void {
    this.#balances.set(movement.userId, movement.balanceAfter);
    this.#transfers.push(transfer(movement));
  }

  /** Writes balances and ledger. */
  async save(): Promise<void> {
    if (this.#transfers.length === 0) return;
    const moved = [...new Set(this.#transfers.map(({ userId }) => userId))].map((userId) => ({
      userId,
      balance: this.#balances.get(userId) as number,
    }));
    const [known, opened] = [
      moved.filter(({ userId }) => this.#locked.has(userId)),
      moved.filter(({ userId }) => !this.#locked.has(userId)),
    ];
    if (opened.length > 0) await this.#tx.wallets.insert(opened, (this.#transfers[0] as Transfer).at);
    if (known.length > 0) await this.#tx.wallets.update(known);
    await this.#tx.transfers.insert(this.#transfers);
  }
}
