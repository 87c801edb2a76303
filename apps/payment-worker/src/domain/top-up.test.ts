import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ledgerReferenceOf, receiveTopUp, requestKeyOf, type TopUpOrder } from './top-up.ts';

const order: TopUpOrder = { requestedBy: 'fan-1', idempotencyKey: 'k', userId: 'fan-1', amount: 5, reference: null };
const made = { ...order, balance: 5, at: new Date(0) };
const funded = { ...order, requestedBy: 'bank', reference: 'wire-1' };

test('a new top-up is accepted, the same one again answered again', () => {
  expect(receiveTopUp(order, undefined, undefined)).toEqual({ kind: 'accepted' });
  expect(receiveTopUp(order, made, undefined)).toEqual({ kind: 'repeated', topUp: made });
});

test.each([{ amount: 6 }, { userId: 'fan-2' }, { reference: 'wire-2' }])(
  'another top-up under the key (%o) is not',
  (change) => {
    expect(receiveTopUp({ ...order, ...change }, made, undefined)).toEqual({ kind: 'keyReused' });
  },
);

test('a reference is used once, whoever names it under whatever key', () => {
  const known = { ...made, ...funded };
  expect(receiveTopUp({ ...funded, idempotencyKey: 'other' }, undefined, known)).toEqual({
    kind: 'repeated',
    topUp: known,
  });
  expect(receiveTopUp({ ...funded, amount: 6 }, undefined, known)).toEqual({ kind: 'referenceInUse' });
  expect(receiveTopUp({ ...funded, userId: 'fan-2' }, undefined, known)).toEqual({ kind: 'referenceInUse' });
});

test('a requester with a colon is not another with a colon in the key', () => {
  const [one, other] = [
    { ...order, requestedBy: 'a:b', idempotencyKey: 'c' },
    { ...order, requestedBy: 'a', idempotencyKey: 'b:c' },
  ];
  expect(requestKeyOf(one)).not.toBe(requestKeyOf(other));
});

test('law: two requesters and keys never make one request key or ledger reference', () => {
  const text = fc.stringMatching(/^[a:1-3]{1,6}$/);
  const orders = fc.record({ requestedBy: text, idempotencyKey: text, reference: fc.option(text) });
  fc.assert(
    fc.property(orders, orders, (a, b) => {
      const [one, other] = [
        { ...order, ...a },
        { ...order, ...b },
      ];
      const sameRequest = a.requestedBy === b.requestedBy && a.idempotencyKey === b.idempotencyKey;
      expect(requestKeyOf(one) === requestKeyOf(other)).toBe(sameRequest);
      const sameTopUp = a.reference === b.reference && (a.reference !== null || sameRequest);
      expect(ledgerReferenceOf(one) === ledgerReferenceOf(other)).toBe(sameTopUp);
    }),
    { numRuns: 2_000 },
  );
});
