import type { Clock } from '@stagedoor/platform';
import { ledgerReferenceOf, receiveTopUp, requestKeyOf, type TopUp, type TopUpOrder } from '../domain/top-up.ts';
import { Accounts } from './accounts.ts';
import type { PaymentTx } from './ports.ts';

/** The answer to a top-up order. */
export type TopUpVerdict =
  | { kind: 'made' | 'repeated'; topUp: TopUp }
  /** The key was used for another top-up. */
  | { kind: 'keyReused' }
  /** The reference was used for another top-up. */
  | { kind: 'referenceInUse' };

/** Tops up wallets, opening those that do not exist yet (design §6). */
export async function topUpWallets(
  orders: readonly TopUpOrder[],
  tx: PaymentTx,
  { clock }: { clock: Clock },
): Promise<TopUpVerdict[]> {
  const accounts = await Accounts.lock(
    tx,
    orders.map(({ userId }) => userId),
  );
  const underKey = new Map((await tx.topUps.findByKey(orders)).map((topUp) => [requestKeyOf(topUp), topUp]));
  const references = orders.map(({ reference }) => reference).filter((reference) => reference !== null);
  const underReference = new Map(
    references.length === 0
      ? []
      : (await tx.topUps.findByReference([...new Set(references)])).map((topUp) => [topUp.reference, topUp]),
  );
  const at = clock.now();
  const made: TopUp[] = [];

  const verdicts = orders.map((order): TopUpVerdict => {
    const found = order.reference === null ? undefined : underReference.get(order.reference);
    const receipt = receiveTopUp(order, underKey.get(requestKeyOf(order)), found);
    if (receipt.kind !== 'accepted') return receipt;
    const balance = (accounts.balanceOf(order.userId) ?? 0) + order.amount;
    const topUp = { ...order, balance, at };
    const { userId, amount } = order;
    accounts.move({ kind: 'TOP_UP', userId, amount, reference: ledgerReferenceOf(order), balanceAfter: balance, at });
    made.push(topUp);
    underKey.set(requestKeyOf(topUp), topUp);
    if (topUp.reference !== null) underReference.set(topUp.reference, topUp);
    return { kind: 'made', topUp };
  });

  if (made.length > 0) await tx.topUps.insert(made);
  await accounts.save();
  return verdicts;
}
