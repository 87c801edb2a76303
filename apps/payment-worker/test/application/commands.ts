import fc from 'fast-check';
import type { PaymentService } from '../../src/application/payment-service.ts';
import { NOW, paymentOrder, refundOrder, topUpOrder } from '../builders.ts';

/** Something that moves money, or tries to. `order` is for the report of a failure. */
export interface GivenCommand {
  kind: 'pay' | 'refund' | 'topUp';
  order: object;
  run(service: PaymentService): Promise<unknown>;
}

/** Commands on few fans, reservations and keys, so that they meet. */
function commands(): fc.Arbitrary<GivenCommand> {
  const users = fc.constantFrom('mina', 'joon', 'poor');
  const reservations = fc.constantFrom('r1', 'r2', 'r3');
  const keys = fc.constantFrom('charge:r1', 'charge:r2', 'other', 'another');
  const amounts = fc.constantFrom(60, 100);
  // Some are past it from the start, for some it passes while the commands run.
  const deadlines = fc.integer({ min: -5, max: 60 }).map((seconds) => new Date(NOW.getTime() + seconds * 1_000));

  const pay = fc
    .record({ idempotencyKey: keys, reservationId: reservations, userId: users, amount: amounts, deadline: deadlines })
    .map((terms): GivenCommand => {
      const order = paymentOrder(terms.reservationId, terms.userId, terms);
      return { kind: 'pay', order, run: (service) => service.pay(order) };
    });
  const refund = fc
    .record({ chargeKey: keys, reservationId: reservations, userId: users, amount: amounts })
    .map((terms): GivenCommand => {
      const order = refundOrder(terms.reservationId, terms.userId, terms);
      return { kind: 'refund', order, run: (service) => service.refund(order) };
    });
  const topUp = fc
    .record({
      userId: fc.constantFrom('mina', 'joon'),
      key: fc.constantFrom('k1', 'k2', 'k3'),
      reference: fc.option(fc.constantFrom('w1', 'w2')),
    })
    .map(({ userId, key, reference }): GivenCommand => {
      const requestedBy = reference === null ? userId : 'bank';
      const order = topUpOrder(userId, key, { amount: 150, reference, requestedBy });
      return { kind: 'topUp', order, run: (service) => service.topUp(order) };
    });
  return fc.oneof({ weight: 4, arbitrary: pay }, { weight: 2, arbitrary: refund }, { weight: 1, arbitrary: topUp });
}

/** Commands with some of them again, in any order, cut into batches of any size. */
export function batches(): fc.Arbitrary<GivenCommand[][]> {
  const withCopies = fc
    .array(commands(), { minLength: 1, maxLength: 30 })
    .chain((originals) =>
      fc
        .array(fc.constantFrom(...originals), { maxLength: 15 })
        .chain((copies) =>
          fc.shuffledSubarray([...originals, ...copies], { minLength: originals.length + copies.length }),
        ),
    );
  const sizes = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 10 });
  return fc.tuple(withCopies, sizes).map(([all, lengths]) => {
    const cut: GivenCommand[][] = [];
    for (let at = 0; at < all.length; ) {
      const length = lengths[cut.length % lengths.length] as number;
      cut.push(all.slice(at, at + length));
      at += length;
    }
    return cut;
  });
}
