import { TransientError } from '@stagedoor/platform';
import type { BookProvider, PaymentProvider, RemoteProvider } from './provider.ts';

/** Who charges now, and who charged before: those resolve what they left in doubt, and give back what they charged. */
export class Providers {
  /** Asked to charge whatever is new. */
  readonly charging: PaymentProvider;
  /** Our own book, where fans have wallets. */
  readonly book: BookProvider | undefined;
  readonly #named: ReadonlyMap<string, PaymentProvider>;

  constructor(charging: PaymentProvider, former: readonly PaymentProvider[] = []) {
    const all = [charging, ...former];
    this.charging = charging;
    this.book = all.find((provider) => provider.kind === 'book');
    this.#named = new Map(all.map((provider) => [provider.name, provider]));
  }

  /** Undefined where it is not configured, or not any more: nobody else can answer for it. */
  find(name: string): PaymentProvider | undefined {
    return this.#named.get(name);
  }

  /**
   * One outside that was asked before.
   * @throws TransientError when it is not configured: what it left in doubt waits until it is again
   */
  remote(name: string): RemoteProvider {
    const provider = this.find(name);
    if (provider?.kind !== 'remote') throw new TransientError(notConfigured(name));
    return provider;
  }
}

/** Why something waits for a provider that is not there. */
export const notConfigured = (name: string): string => `the payment provider "${name}" is not configured`;
