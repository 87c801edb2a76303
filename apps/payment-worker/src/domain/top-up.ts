/** A request to put money into a wallet. */
export interface TopUpOrder {
  /** Who asks: the scope of the Idempotency-Key. The fan, or whoever has the role `funding`. */
  requestedBy: string;
  idempotencyKey: string;
  /** Whose wallet. */
  userId: string;
  /** In won. */
  amount: number;
  /** The outside payment that this money came by, unique; null where fans top up by themselves (AUTH_MODE=dev). */
  reference: string | null;
}

/** A top-up that was made. */
export interface TopUp extends TopUpOrder {
  /** The wallet's balance after it, in won. */
  balance: number;
  at: Date;
}

/** What a top-up order meets. */
export type TopUpReceipt =
  | { kind: 'accepted' }
  /** Made before: the same answer again. */
  | { kind: 'repeated'; topUp: TopUp }
  /** The key was used for another top-up. */
  | { kind: 'keyReused' }
  /** The reference was used for another top-up. */
  | { kind: 'referenceInUse' };

/**
 * Receives a top-up order (design §6).
 * @param underKey the top-up that the requester made under this key
 * @param underReference the top-up that was made with this reference, by whomever
 */
export function receiveTopUp(
  order: TopUpOrder,
  underKey: TopUp | undefined,
  underReference: TopUp | undefined,
): TopUpReceipt {
  if (underKey !== undefined) {
    return sameTopUp(underKey, order) ? { kind: 'repeated', topUp: underKey } : { kind: 'keyReused' };
  }
  if (underReference !== undefined) {
    return sameTopUp(underReference, order) ? { kind: 'repeated', topUp: underReference } : { kind: 'referenceInUse' };
  }
  return { kind: 'accepted' };
}

/**
 * The requester and their key as one text. The requester's length keeps it unambiguous whatever characters the two have:
 * `a:b` with `c` is never `a` with `b:c`.
 */
export function requestKeyOf({ requestedBy, idempotencyKey }: TopUpOrder): string {
  return `key:${requestedBy.length}:${requestedBy}:${idempotencyKey}`;
}

/** The top-up's own key in the ledger; the two forms cannot meet, since one begins with `key:` and one with `funding:`. */
export function ledgerReferenceOf(order: TopUpOrder): string {
  return order.reference === null ? requestKeyOf(order) : `funding:${order.reference}`;
}

function sameTopUp(a: TopUpOrder, b: TopUpOrder): boolean {
  return a.userId === b.userId && a.amount === b.amount && a.reference === b.reference;
}
