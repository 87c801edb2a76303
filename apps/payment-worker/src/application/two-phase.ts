import { PermanentError, TransientError } from '@stagedoor/platform';
import type { RemoteProvider } from './provider.ts';

/** How far the first transaction brought an order. */
export type Step<Attempt> =
  | { kind: 'done' }
  /** This provider has to be asked; `isNew` where it never was. */
  | { kind: 'attempted'; attempt: Attempt; provider: string; isNew: boolean }
  /** Nothing can be done before something else is resolved. */
  | { kind: 'waits'; why: string }
  | { kind: 'refused'; code: string; why: string };

/** The steps of an effect that may be made by a provider outside. */
export interface TwoPhaseOptions<Order, Attempt, Answer> {
  keyOf(order: Order): string;
  /** The first transaction: finishes the order, or records the attempt. */
  begin(order: Order): Promise<Step<Attempt>>;
  /** @throws TransientError when there is none of this name now */
  providerNamed(name: string): RemoteProvider;
  /** Asks for the effect. Happens at most once per key, however often it is called. */
  call(provider: RemoteProvider, attempt: Attempt): Promise<Answer>;
  /** What became of an earlier call; null where it never arrived. */
  inquire(provider: RemoteProvider, attempt: Attempt): Promise<Answer | null>;
  /** The second transaction: records the answer. */
  record(answer: { attempt: Attempt; answer: Answer }): Promise<unknown>;
}

/**
 * Brings an order to its end, over one transaction or, where a provider outside has to be called, two with the call
 * between them (design §4.3). A message is done when this resolves, and only then may its offset be committed. Whatever
 * stops it in between, the message comes again and finds the attempt: then the provider is asked what became of it.
 */
export class TwoPhase<Order, Attempt, Answer> {
  readonly #options: TwoPhaseOptions<Order, Attempt, Answer>;
  /** The calls under way here, by key. */
  readonly #calls = new Map<string, Promise<void>>();

  constructor(options: TwoPhaseOptions<Order, Attempt, Answer>) {
    this.#options = options;
  }

  /**
   * @throws TransientError when it is not known yet what comes of it; the same order again goes on from there
   * @throws PermanentError when nothing can come of it
   */
  async process(order: Order): Promise<void> {
    const step = await this.#options.begin(order);
    if (step.kind === 'waits') throw new TransientError(step.why);
    if (step.kind === 'refused') throw new PermanentError(step.code, step.why);
    if (step.kind === 'done') return;
    const key = this.#options.keyOf(order);
    const underWay = this.#calls.get(key);
    if (underWay !== undefined) {
      // A copy of an order whose call is under way right here: asking the provider now could overtake that call.
      await underWay;
      return this.process(order);
    }
    const call = this.#finish(step);
    this.#calls.set(key, call);
    try {
      await call;
    } finally {
      this.#calls.delete(key);
    }
  }

  async #finish({ attempt, provider: name, isNew }: Step<Attempt> & { kind: 'attempted' }): Promise<void> {
    const { providerNamed, call, inquire, record } = this.#options;
    const provider = providerNamed(name);
    const known = isNew ? null : await inquire(provider, attempt);
    // Not heard of: the call never arrived, or is still on its way. Under its own key it happens once all the same.
    await record({ attempt, answer: known ?? (await call(provider, attempt)) });
  }
}
