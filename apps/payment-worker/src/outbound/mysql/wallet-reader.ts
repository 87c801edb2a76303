import type { WalletEntry, WalletReader } from '../../application/ports.ts';
import { directions } from '../../domain/ledger.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';

/** Reads wallets through the typed client. */
export class PrismaWalletReader implements WalletReader {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async balanceOf(userId: string): Promise<number> {
    const wallet = await this.#prisma.wallet.findUnique({ where: { userId }, select: { balance: true } });
    return Number(wallet?.balance ?? 0);
  }

  async entriesOf(userId: string, { limit, before }: { limit: number; before?: number }): Promise<WalletEntry[]> {
    const transfers = await this.#prisma.transfer.findMany({
      // What a provider outside charged never was in the wallet.
      where: { userId, balanceAfter: { not: null }, ...(before !== undefined && { id: { lt: before } }) },
      orderBy: { id: 'desc' },
      take: limit,
    });
    return transfers.map(({ id, kind, amount, balanceAfter, reference, createdAt }) => ({
      id: Number(id),
      kind,
      amount: directions[kind] * Number(amount),
      balanceAfter: Number(balanceAfter),
      reference,
      at: createdAt,
    }));
  }
}
