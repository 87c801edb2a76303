/** What the provider holds under one key. */
export interface BookedCharge {
  key: string;
  userId: string;
  /** In won. */
  amount: number;
  status: 'SUCCEEDED' | 'DECLINED';
  /** How often money was taken: never above 1 where keys do what they are for. */
  times: number;
  /** How often it was asked for, by whomever. */
  asked: number;
}

/** A charge that was given back, whole. */
export interface BookedRefund {
  key: string;
  chargeKey: string;
  userId: string;
  amount: number;
  times: number;
  asked: number;
}

/** The provider's own book, as GET /book tells it. */
export interface ProviderBookContent {
  charges: BookedCharge[];
  refunds: BookedRefund[];
}

/** The status and body of an answer. */
export interface BookAnswer {
  status: number;
  body: unknown;
}

/** Keeps what was charged and given back, each key once. */
export class ProviderBook {
  readonly #charges = new Map<string, BookedCharge>();
  readonly #refunds = new Map<string, BookedRefund>();
  /** By charge key. */
  readonly #givenBack = new Map<string, BookedRefund>();

  charge(key: string, { userId, amount }: { userId: string; amount: number }, declined: boolean): BookAnswer {
    const known = this.#charges.get(key);
    if (known !== undefined) {
      known.asked++;
      if (known.userId !== userId || known.amount !== amount) return keyReused;
      return { status: known.status === 'DECLINED' ? 402 : 200, body: known };
    }
    const status = declined ? 'DECLINED' : 'SUCCEEDED';
    const made: BookedCharge = { key, userId, amount, status, times: declined ? 0 : 1, asked: 1 };
    this.#charges.set(key, made);
    return { status: declined ? 402 : 201, body: made };
  }

  refund(key: string, { chargeKey, amount }: { chargeKey: string; amount: number }): BookAnswer {
    const known = this.#refunds.get(key);
    if (known !== undefined) {
      known.asked++;
      return known.chargeKey === chargeKey && known.amount === amount ? { status: 200, body: known } : keyReused;
    }
    const charge = this.#charges.get(chargeKey);
    if (charge?.status !== 'SUCCEEDED' || charge.amount !== amount) return refusal('NO_SUCH_CHARGE');
    if (this.#givenBack.has(chargeKey)) return refusal('ALREADY_REFUNDED');
    const made: BookedRefund = { key, chargeKey, userId: charge.userId, amount, times: 1, asked: 1 };
    this.#refunds.set(key, made);
    this.#givenBack.set(chargeKey, made);
    return { status: 201, body: made };
  }

  find(kind: 'charges' | 'refunds', key: string): BookAnswer {
    const found = kind === 'charges' ? this.#charges.get(key) : this.#refunds.get(key);
    return found === undefined ? { status: 404, body: { code: 'UNKNOWN_KEY' } } : { status: 200, body: found };
  }

  content(): ProviderBookContent {
    return { charges: [...this.#charges.values()], refunds: [...this.#refunds.values()] };
  }
}

const refusal = (code: string): BookAnswer => ({ status: 422, body: { code } });
const keyReused = refusal('KEY_REUSED');
