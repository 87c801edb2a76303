import { type Clock, GroupCommit, type IdGenerator, type UnitOfWork } from '@stagedoor/platform';
import { type PaymentRefusal, type PaymentTimes, requestPayment } from '../domain/payment.ts';
import type { Rejected, Reservation } from '../domain/reservation.ts';
import { rejected } from '../domain/reservation.ts';
import { untilKnown } from './attempts.ts';
import { Changes } from './changes.ts';
import type { BatchLimits } from './hold-seats.ts';
import { lockStates } from './lock-states.ts';
import type { Observer, Tx } from './ports.ts';

export interface PaymentCommand {
  reservationId: string;
  userId: string;
  /** The fan's Idempotency-Key. */
  key: string;
}

export type PaymentVerdict = { kind: 'accepted'; reservation: Reservation } | Rejected<PaymentRefusal | 'NOT_FOUND'>;

export interface RequestPaymentsOptions {
  unitOfWork: UnitOfWork<Tx>;
  clock: Clock;
  ids: IdGenerator;
  observer: Observer;
  times: PaymentTimes;
  limits: BatchLimits;
}

/** Takes payments (design §4.2): the request leaves by the outbox, so the answer waits for nobody else. */
export class RequestPayments {
  readonly #options: RequestPaymentsOptions;
  readonly #commit: GroupCommit<PaymentCommand, PaymentVerdict>;

  constructor(options: RequestPaymentsOptions) {
    this.#options = options;
    this.#commit = new GroupCommit({
      name: 'payment requests',
      ...options.limits,
      subjectOf: ({ reservationId }) => reservationId,
      execute: (commands) =>
        untilKnown(options.clock, () => options.unitOfWork.run((tx) => this.#requestAll(commands, tx))),
    });
  }

  /** @throws OverloadedError when too many wait */
  async request(command: PaymentCommand): Promise<PaymentVerdict> {
    const verdict = await this.#commit.submit(command);
    if (verdict.kind === 'rejected') this.#options.observer.rejected('payment', verdict.reason);
    return verdict;
  }

  /** Resolves once nothing waits and nothing runs. */
  drain(): Promise<void> {
    return this.#commit.drain();
  }

  async #requestAll(commands: PaymentCommand[], tx: Tx): Promise<PaymentVerdict[]> {
    const { clock, times, observer } = this.#options;
    const states = await lockStates(
      tx,
      commands.map(({ reservationId }) => reservationId),
    );
    const changes = new Changes(this.#options, clock.now());
    let again = 0;
    const verdicts = commands.map(({ reservationId, userId, key }): PaymentVerdict => {
      const reservation = states.get(reservationId);
      // Another's is not there, as far as this fan is told.
      if (reservation === undefined || reservation.userId !== userId) return rejected('NOT_FOUND');
      const verdict = requestPayment(reservation, key, times, changes.now);
      if (verdict.kind === 'rejected') return verdict;
      if (verdict.kind === 'already-applied') {
        again++;
        return { kind: 'accepted', reservation };
      }
      states.set(reservationId, verdict.reservation);
      changes.send(changes.messages.paymentRequest(verdict.reservation));
      changes.apply(reservation, verdict);
      return { kind: 'accepted', reservation: verdict.reservation };
    });
    await changes.saveReservations(tx);
    await changes.finish(tx);
    tx.afterCommit(() => observer.alreadyApplied('payment', again));
    return verdicts;
  }
}
