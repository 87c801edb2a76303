import { describe, expect, test } from 'vitest';
import { brokenInvariants } from './rules.ts';
import type { Snapshot } from './snapshot.ts';
import type { InvariantId } from './violation.ts';

const takenAt = new Date('2025-11-28T10:10:00.000Z');
const earlier = new Date('2025-11-28T10:00:00.000Z');
const limits = { holdLimit: 4, sweepMs: 2_000 };

/** One fan with a confirmed seat, one with a cancelled and refunded one: everything as it should be. */
function sound(): Snapshot {
  const reservation = (id: string, userId: string, seatNumber: number) => ({
    id,
    userId,
    scheduleId: 1,
    seatNumber,
    amount: 100,
    version: 3,
    status: 'CONFIRMED' as const,
    holdExpiresAt: earlier,
    paymentDeadline: earlier,
    refund: 'NONE' as const,
  });
  const payment = (reservationId: string, userId: string, unrefunded: boolean) => ({
    key: `charge:${reservationId}`,
    reservationId,
    userId,
    amount: 100,
    state: 'SETTLED' as const,
    status: 'SUCCESS' as const,
    failReason: null,
    unrefunded,
  });
  const transfer = (kind: 'TOP_UP' | 'CHARGE' | 'REFUND', userId: string, amount: number) => ({
    userId,
    kind,
    amount,
    debitAccount: kind === 'CHARGE' ? `fan:${userId}` : kind === 'REFUND' ? 'system:sales' : 'system:funding',
    creditAccount: kind === 'CHARGE' ? 'system:sales' : `fan:${userId}`,
  });
  const decision = (reservationId: string) => ({
    reservationId,
    status: 'CONFIRMED' as const,
    decidedKey: `charge:${reservationId}`,
  });
  const events = (reservationId: string, versions: number) =>
    Array.from({ length: versions }, (_, index) => ({ reservationId, version: index + 1 }));
  return {
    takenAt,
    reservations: [
      reservation('a', 'mina', 1),
      { ...reservation('b', 'joon', 2), status: 'CANCELLED', refund: 'DONE', version: 5 },
    ],
    claims: [
      { scheduleId: 1, seatNumber: 1, reservationId: 'a' },
      { scheduleId: 1, seatNumber: 9, reservationId: null },
    ],
    payments: [payment('a', 'mina', true), payment('b', 'joon', false)],
    refunds: [{ key: 'refund:charge:b', chargeKey: 'charge:b', amount: 100, status: 'REFUNDED' }],
    wallets: [
      { userId: 'mina', balance: 150 },
      { userId: 'joon', balance: 250 },
    ],
    transfers: [
      transfer('TOP_UP', 'mina', 250),
      transfer('CHARGE', 'mina', 100),
      transfer('TOP_UP', 'joon', 250),
      transfer('CHARGE', 'joon', 100),
      transfer('REFUND', 'joon', 100),
    ],
    decisions: [decision('a'), decision('b')],
    openRefunds: new Set(),
    outboxes: [{ app: 'reservation-service', rows: 0 }],
    topics: {
      paymentRequests: ['a', 'b'].map((id) => ({
        key: `charge:${id}`,
        reservationId: id,
        at: `payment-requests-0-${id}`,
      })),
      paymentResults: ['a', 'b'].map((id) => ({ reservationId: id, at: `payment-results-0-${id}` })),
      reservationOutcomes: ['a', 'b', 'foreign'].map((id) => ({
        reservationId: id,
        at: `reservation-outcomes-0-${id}`,
      })),
      refundRequests: [{ key: 'refund:charge:b', at: 'refund-requests-0-0' }],
      refundResults: [{ reservationId: 'b', chargeKey: 'charge:b', status: 'REFUNDED', at: 'refund-results-0-0' }],
      reservationEvents: [...events('a', 3), { reservationId: 'a', version: 1 }, ...events('b', 5)],
      deadLettered: new Set(),
    },
  };
}

const broken = (snapshot: Snapshot) => brokenInvariants(snapshot, limits);

test('a sound system breaks nothing', () => expect(broken(sound())).toEqual([]));

test('charges of a provider outside, which touch no wallet, break nothing, and are missed where they are not booked', () => {
  const outside = sound();
  outside.wallets = [];
  outside.transfers = outside.transfers
    .filter(({ kind }) => kind !== 'TOP_UP')
    .map((transfer) =>
      transfer.kind === 'CHARGE'
        ? { ...transfer, debitAccount: 'system:provider' }
        : { ...transfer, creditAccount: 'system:provider' },
    );
  expect(broken(outside)).toEqual([]);
  outside.transfers.shift();
  expect(broken(outside).map(({ invariant }) => invariant)).toEqual(['I4']);
});

const first = <T>(items: T[]): T => items[0] as T;

describe('each invariant is seen when it breaks', () => {
  const breaks: [InvariantId, string, (snapshot: Snapshot) => void][] = [
    ['I1', 'two live reservations on a seat', (s) => s.reservations.push({ ...first(s.reservations), id: 'c' })],
    ['I1', 'a live reservation without its claim', (s) => s.claims.shift()],
    ['I1', 'a claim of a dead reservation', (s) => s.claims.push({ scheduleId: 1, seatNumber: 2, reservationId: 'b' })],
    ['I1', 'two claims on one seat', (s) => s.claims.push({ ...first(s.claims) })],
    [
      'I1',
      'a fan beyond the limit',
      (s) => {
        for (const seatNumber of [11, 12, 13, 14]) {
          s.reservations.push({ ...first(s.reservations), id: `x${seatNumber}`, seatNumber });
          s.claims.push({ scheduleId: 1, seatNumber, reservationId: `x${seatNumber}` });
        }
      },
    ],
    ['I2', 'confirmed without a charge', (s) => s.payments.shift()],
    ['I2', 'confirmed and charged twice', (s) => s.payments.push({ ...first(s.payments), key: 'other' })],
    ['I2', 'confirmed for another amount', (s) => Object.assign(first(s.payments), { amount: 99 })],
    ['I2', 'confirmed without a decision', (s) => s.decisions.shift()],
    [
      'I2',
      'confirmed under another key than decided',
      (s) => Object.assign(first(s.decisions), { decidedKey: 'other' }),
    ],
    [
      'I3',
      'charged, not confirmed, not refunded',
      (s) => Object.assign(first(s.payments.slice(1)), { unrefunded: true }),
    ],
    ['I4', 'a wallet that is not its entries', (s) => Object.assign(first(s.wallets), { balance: 151 })],
    ['I4', 'entries without a wallet', (s) => s.wallets.shift()],
    ['I4', 'a charge that was never booked', (s) => s.transfers.splice(1, 1)],
    ['I4', 'a refund booked twice', (s) => s.transfers.push({ ...(s.transfers[4] as (typeof s.transfers)[0]) })],
    ['I5', 'a wallet below 0', (s) => Object.assign(first(s.wallets), { balance: -1 })],
    ['I6', 'pending past its deadline', (s) => Object.assign(first(s.reservations), { status: 'PAYMENT_PENDING' })],
    ['I7', 'held past its end', (s) => Object.assign(first(s.reservations), { status: 'TEMPORARY_ASSIGNED' })],
    ['I8', 'a row left in an outbox', (s) => Object.assign(first(s.outboxes), { rows: 1 })],
    [
      'I9',
      'a payment request without a verdict',
      (s) => s.topics.paymentRequests.push({ key: 'z', reservationId: 'a', at: 'p' }),
    ],
    ['I9', 'a request lost after its result', (s) => Object.assign(first(s.decisions), { status: 'AWAITING_REQUEST' })],
    ['I9', 'a result that is nowhere', (s) => s.topics.paymentResults.push({ reservationId: 'z', at: 'p' })],
    ['I9', 'a refund request without an answer', (s) => s.topics.refundRequests.push({ key: 'z', at: 'p' })],
    ['I9', 'a refund result not taken', (s) => Object.assign(first(s.reservations.slice(1)), { refund: 'REQUESTED' })],
    ['I10', 'an event that is missing at the end', (s) => s.topics.reservationEvents.pop()],
    ['I10', 'an event that is missing in between', (s) => s.topics.reservationEvents.splice(1, 1)],
  ];
  test.each(breaks)('%s: %s', (invariant, _, breakIt) => {
    const snapshot = sound();
    breakIt(snapshot);
    expect(broken(snapshot).map((violation) => violation.invariant)).toContain(invariant);
  });
});

test('an open refund is no broken I3, and a dead letter no broken I9', () => {
  const snapshot = sound();
  first(snapshot.payments.slice(1)).unrefunded = true;
  snapshot.openRefunds = new Set(['charge:b']);
  snapshot.topics.paymentResults.push({ reservationId: 'z', at: 'payment-results-0-9' });
  snapshot.topics.deadLettered = new Set(['payment-results-0-9']);
  expect(broken(snapshot)).toEqual([]);
});
