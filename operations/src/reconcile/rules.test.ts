import { chargeKeyOf, decode, type RawMessage, type TopicDefinition, topics } from '@stagedoor/contracts';
import { describe, expect, test } from 'vitest';
import type { Difference } from './difference.ts';
import type { Decision, Order, Payment, Reservation, ReservationRecord } from './records.ts';
import { differencesOf, type Terms } from './rules.ts';

const NOW = new Date('2026-11-22T12:00:00.000Z');
const ago = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);
const terms: Terms = { now: NOW, graceMs: 60_000, keepDecisionsMs: 40 * 86_400_000, chargesWallets: true };

const id = 'r1';
const order: Order = {
  userId: 'fan',
  scheduleId: 1,
  seatNumber: 7,
  amount: 100,
  chargeKey: chargeKeyOf(id),
  requestedAt: ago(60),
};
const reservation = (given: Partial<Reservation> = {}): Reservation => ({
  ...order,
  status: 'CONFIRMED',
  refund: 'NONE',
  chargeKey: order.chargeKey,
  paymentRequestedAt: ago(60),
  paymentDeadline: ago(55),
  decidedAt: ago(59),
  cancelledAt: null,
  ...given,
});
const decision = (given: Partial<Decision> = {}): Decision => ({
  status: 'CONFIRMED',
  reason: null,
  decidedKey: order.chargeKey,
  decidedAt: ago(59),
  order,
  ...given,
});
const payment = (given: Partial<Payment> = {}): Payment => ({
  ...order,
  state: 'SETTLED',
  status: 'SUCCESS',
  failReason: null,
  receivedAt: ago(60),
  settledAt: ago(60),
  unrefunded: true,
  order,
  ...given,
});
const record = (given: Partial<ReservationRecord> = {}): ReservationRecord => ({
  reservationId: id,
  reservation: reservation(),
  decision: decision(),
  payments: [payment()],
  refunds: [],
  walletBalance: 1_000,
  ...given,
});
const found = (given: Partial<ReservationRecord>, by: Partial<Terms> = {}) =>
  differencesOf(record(given), { ...terms, ...by });
const kindsOf = (differences: Difference[]) => differences.map(({ kind }) => kind);

/** What the remedy would send: topic, value, headers; each must be readable by its topic's readers. */
const sent = ([difference]: Difference[]) =>
  difference === undefined || difference.remedy.by === 'hand'
    ? []
    : difference.remedy.messages.map((plan) => {
        const message = plan({ eventId: 'e', now: NOW });
        const topic = Object.values(topics).find(({ name }) => name === message.topic) as TopicDefinition<unknown>;
        const raw = { ...message, partition: 0, offset: '0', key: null, timestamp: NOW };
        expect(decode(topic, { ...raw, value: Buffer.from(message.value) } as RawMessage).ok).toBe(true);
        return { topic: message.topic, value: JSON.parse(message.value), deadline: message.headers.deadline };
      });

const closed = { status: 'FAILED', failReason: 'DEADLINE_EXCEEDED', unrefunded: false } as const;
const pending = reservation({ status: 'PAYMENT_PENDING', chargeKey: null, decidedAt: null });
const undecided = decision({ status: 'PENDING', decidedKey: null, decidedAt: null });
const expired = reservation({ status: 'EXPIRED' });

describe('nothing is wrong with', () => {
  test.each<[string, Partial<ReservationRecord>]>([
    ['a confirmed reservation that was charged and decided', {}],
    [
      'one whose decision is forgotten by now',
      { reservation: reservation({ decidedAt: ago(41 * 1440) }), decision: null },
    ],
    ['a confirmation of a moment ago', { reservation: reservation({ decidedAt: ago(0.5) }), payments: [] }],
    ['a hold', { reservation: reservation({ status: 'TEMPORARY_ASSIGNED' }), decision: null, payments: [] }],
    ['a pending payment in time', { reservation: { ...pending, paymentDeadline: ago(-5) }, decision: undecided }],
    ['a decision of a moment ago', { reservation: pending, decision: decision({ decidedAt: ago(0.5) }) }],
    ['an expired one whose key is closed', { reservation: expired, decision: null, payments: [payment(closed)] }],
    ['a refund of a moment ago', { reservation: reservation({ status: 'CANCELLED', cancelledAt: ago(0.5) }) }],
    [
      'a confirmation that came too late and was given back',
      { reservation: expired, payments: [payment({ unrefunded: false })] },
    ],
    [
      "a foreign program's charge",
      {
        reservation: null,
        decision: decision({ decidedKey: 'theirs' }),
        payments: [payment({ chargeKey: 'theirs', order: { ...order, chargeKey: 'theirs' } })],
      },
    ],
    ['a lost reservation that was not charged', { reservation: null, payments: [payment(closed)] }],
  ])('%s', (_, given) => {
    expect(found(given)).toEqual([]);
  });
});

describe('pending', () => {
  test('past the deadline, undecided: the same request again', () => {
    const differences = found({ reservation: pending, decision: undecided, payments: [] });
    expect(kindsOf(differences)).toEqual(['REQUEST_UNANSWERED']);
    expect(sent(differences)).toMatchObject([
      { topic: 'payment-requests', value: { idempotencyKey: order.chargeKey }, deadline: ago(55).toISOString() },
    ]);
  });

  test('and decided: the outcome again, as it was', () => {
    const differences = found({ reservation: pending });
    expect(kindsOf(differences)).toEqual(['OUTCOME_NOT_APPLIED']);
    expect(sent(differences)).toMatchObject([
      { topic: 'reservation-outcomes', value: { outcome: 'CONFIRMED', decidedAt: ago(59).toISOString() } },
    ]);
  });
});

describe('confirmed', () => {
  test('the charge is lost: it is charged again under the same key, with time to do it', () => {
    const differences = found({ payments: [] });
    expect(kindsOf(differences)).toEqual(['CHARGE_LOST']);
    expect(sent(differences)).toMatchObject([
      { topic: 'payment-requests', value: { idempotencyKey: order.chargeKey }, deadline: ago(-10).toISOString() },
    ]);
  });

  test('the charge is lost, and the wallet does not hold it: nothing is sent that would burn the key', () => {
    for (const walletBalance of [99, null]) {
      expect(found({ payments: [], walletBalance })).toMatchObject([{ kind: 'CHARGE_LOST', remedy: { by: 'hand' } }]);
      expect(sent(found({ payments: [], walletBalance }, { chargesWallets: false }))).toHaveLength(1);
    }
  });

  test.each<[Difference['kind'], Partial<Payment>]>([
    ['CHARGE_FAILED', closed],
    ['CHARGE_RETURNED', { unrefunded: false }],
    ['CHARGE_DIFFERS', { amount: 99 }],
    ['CHARGE_DIFFERS', { userId: 'other' }],
  ])('%s is for a person', (kind, given) => {
    expect(found({ payments: [payment(given)] })).toMatchObject([{ kind, remedy: { by: 'hand' } }]);
  });

  test('the charge is in doubt: the request again, at which the provider is asked', () => {
    const differences = found({ payments: [payment({ state: 'ATTEMPTED', status: null, unrefunded: false })] });
    expect(kindsOf(differences)).toEqual(['CHARGE_IN_DOUBT']);
    expect(sent(differences)).toMatchObject([{ topic: 'payment-requests' }]);
  });

  test('the decision is lost: the request again, in time, so that it is decided by the answer', () => {
    for (const known of [
      null,
      decision({ status: 'AWAITING_REQUEST', decidedKey: null, decidedAt: null, order: null }),
    ]) {
      const differences = found({ decision: known });
      expect(kindsOf(differences)).toEqual(['DECISION_LOST']);
      expect(sent(differences)).toMatchObject([{ topic: 'payment-requests', deadline: ago(-10).toISOString() }]);
    }
  });

  test('the decision is another: nothing that is sent would change it', () => {
    for (const other of [undecided, decision({ status: 'EXPIRED' }), decision({ decidedKey: 'other' })]) {
      expect(found({ decision: other })).toMatchObject([{ kind: 'DECISION_LOST', remedy: { by: 'hand' } }]);
    }
  });

  test('charged twice: the other charge goes back', () => {
    const differences = found({ payments: [payment(), payment({ chargeKey: 'other' })] });
    expect(kindsOf(differences)).toEqual(['CHARGE_NOT_RETURNED']);
    expect(sent(differences)).toMatchObject([{ topic: 'refund-requests', value: { refundKey: 'refund:other' } }]);
  });
});

describe('not confirmed, and charged', () => {
  test.each(['PAYMENT_FAILED', 'EXPIRED', 'CANCELLED'] as const)('%s: the charge goes back', (status) => {
    const decided = status === 'CANCELLED' ? decision() : decision({ status });
    const differences = found({ reservation: reservation({ status }), decision: decided });
    expect(kindsOf(differences)).toEqual(['CHARGE_NOT_RETURNED']);
    expect(sent(differences)).toMatchObject([{ topic: 'refund-requests', value: { amount: 100, userId: 'fan' } }]);
  });

  test.each(['TEMPORARY_ASSIGNED', 'EXPIRED'] as const)(
    '%s, and decided CONFIRMED: the reservation is told again',
    (status) => {
      const differences = found({ reservation: reservation({ status, chargeKey: null }) });
      expect(kindsOf(differences)).toEqual(['OUTCOME_NOT_APPLIED']);
      expect(sent(differences)).toMatchObject([{ topic: 'reservation-outcomes', value: { outcome: 'CONFIRMED' } }]);
    },
  );

  test('cancelled and given back, and the reservation does not know: asked again, answered again', () => {
    const differences = found({
      reservation: reservation({ status: 'CANCELLED', refund: 'REQUESTED', cancelledAt: ago(30) }),
      payments: [payment({ unrefunded: false })],
      refunds: [{ chargeKey: order.chargeKey, status: 'REFUNDED' }],
    });
    expect(kindsOf(differences)).toEqual(['REFUND_NOT_TOLD']);
    expect(sent(differences)).toMatchObject([{ topic: 'refund-requests' }]);
  });
});

describe('the reservation is unknown', () => {
  test('and was charged under our own key: money goes back only when it is asked for', () => {
    for (const known of [decision(), null]) {
      const differences = found({ reservation: null, decision: known });
      expect(differences).toMatchObject([
        { kind: 'RESERVATION_LOST', remedy: { by: 'messages-if-asked', option: '--refund-lost' } },
      ]);
      expect(sent(differences)).toMatchObject([{ topic: 'refund-requests' }]);
    }
  });

  test('and its charge was decided otherwise: it goes back', () => {
    expect(kindsOf(found({ reservation: null, decision: decision({ status: 'EXPIRED' }) }))).toEqual([
      'CHARGE_NOT_RETURNED',
    ]);
  });

  test("and a foreign program's charge was never decided: the request again", () => {
    const theirs = { ...order, chargeKey: 'theirs' };
    const differences = found({ reservation: null, decision: null, payments: [payment({ ...theirs, order: theirs })] });
    expect(kindsOf(differences)).toEqual(['DECISION_LOST']);
    expect(sent(differences)).toMatchObject([{ value: { idempotencyKey: 'theirs' } }]);
  });

  test("and a foreign program's charge is lost: it is charged again", () => {
    const differences = found({ reservation: null, decision: decision({ decidedKey: 'theirs' }), payments: [] });
    expect(kindsOf(differences)).toEqual(['CHARGE_LOST']);
    expect(sent(differences)).toMatchObject([{ value: { idempotencyKey: 'theirs' } }]);
  });
});
