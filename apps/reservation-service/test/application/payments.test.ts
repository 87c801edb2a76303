import { type PaymentRequest, type RefundRequest, topics } from '@stagedoor/contracts';
import { ManualClock } from '@stagedoor/platform';
import { describe, expect, test } from 'vitest';
import type { Observer } from '../../src/application/ports.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import { at } from '../builders.ts';
import { eventsOf, memoryBox, noObserver, outcomeOf, sent } from './box.ts';
import { expectSound } from './soundness.ts';

async function started(observer: Observer = noObserver) {
  const clock = new ManualClock(at(0));
  const given = await memoryBox({ clock, observer });
  const held = async (fan: string, seat: number): Promise<Reservation> => {
    const verdict = await given.hold(fan, seat);
    if (verdict.kind !== 'applied') throw new Error(verdict.kind);
    return verdict.reservation;
  };
  const pending = async (fan: string, seat: number): Promise<Reservation> => {
    const verdict = await given.pay((await held(fan, seat)).id, fan, 'key');
    if (verdict.kind !== 'accepted') throw new Error(verdict.kind);
    return verdict.reservation;
  };
  const row = (id: string): Reservation => {
    const found = given.database.tables.reservations.get(id);
    if (found === undefined) throw new Error(`no ${id}`);
    return found;
  };
  const requests = () =>
    given.database.tables.outbox.flat().filter(({ topic }) => topic === topics.paymentRequests.name);
  const asked = () => sent<RefundRequest>(given.database.tables.outbox, topics.refundRequests);
  return { ...given, clock, held, pending, row, requests, asked };
}

describe('paying', () => {
  test('puts the request into the outbox of the same transaction, with its deadline', async () => {
    const { pending, requests, database } = await started();
    const { id } = await pending('a', 61);
    const [message] = requests();
    expect(JSON.parse(message?.value ?? '') as PaymentRequest).toEqual({
      reservationId: id,
      userId: 'a',
      amount: 90_000,
      idempotencyKey: `charge:${id}`,
      scheduleId: 1,
      seatNumber: 61,
      requestedAt: at(0).toISOString(),
    });
    expect(message?.headers.deadline).toBe(at(300_000).toISOString());
    expect(message?.key).toBe('a');
    expectSound(database.tables);
  });

  test('twice at once with one key asks for one payment; with two keys, one is refused', async () => {
    const { held, pay, requests } = await started();
    const { id } = await held('a', 1);
    const verdicts = await Promise.all([pay(id, 'a', 'x'), pay(id, 'a', 'x'), pay(id, 'a', 'y'), pay(id, 'b', 'x')]);
    expect(verdicts.map((verdict) => ('reason' in verdict ? verdict.reason : verdict.kind))).toEqual([
      'accepted',
      'accepted',
      'PAYMENT_ALREADY_REQUESTED',
      'NOT_FOUND',
    ]);
    expect(requests()).toHaveLength(1);
  });

  test('of what is no id of ours is not found, and asks the database nothing', async () => {
    const { pay } = await started();
    for (const id of ['x', 'CHARGE:1', '0193B1F2-0000-7000-8000-000000000001', "'; DROP TABLE reservations; --"]) {
      expect(await pay(id, 'a', 'k')).toEqual({ kind: 'rejected', reason: 'NOT_FOUND' });
    }
  });

  test('without an outcome is asked for again by the sweeper: the same request, later and later', async () => {
    const { pending, sweep, clock, requests, database, row } = await started();
    const { id } = await pending('a', 1);
    await clock.advance(359_999);
    expect(await sweep()).toBe(0);
    await clock.advance(1);
    expect(await sweep()).toBe(1);
    expect(await sweep()).toBe(0);
    await clock.advance(120_000);
    await sweep();
    const [first, ...again] = requests();
    expect(again).toHaveLength(2);
    for (const message of again) {
      expect(message.value).toBe(first?.value);
      expect(message.headers.deadline).toBe(first?.headers.deadline);
    }
    expect(row(id)).toMatchObject({ status: 'PAYMENT_PENDING', version: 2, republishCount: 2 });
    expectSound(database.tables);
  });
});

describe('outcomes', () => {
  test('of one batch are taken one after another, also for one reservation', async () => {
    const { pending, outcomes, row, database } = await started();
    const [a, b, c] = [await pending('a', 1), await pending('b', 2), await pending('c', 3)];
    await outcomes(
      outcomeOf(a),
      outcomeOf(b, { outcome: 'PAYMENT_FAILED', reason: 'DECLINED' }),
      outcomeOf(a),
      outcomeOf(c, { outcome: 'EXPIRED', reason: 'NO_RESULT' }),
      outcomeOf(b, { outcome: 'PAYMENT_FAILED', reason: 'DECLINED' }),
    );
    expect([a, b, c].map(({ id }) => row(id).status)).toEqual(['CONFIRMED', 'PAYMENT_FAILED', 'EXPIRED']);
    expect(database.tables.seatMaps.get(1)).toMatchObject({ claimed: 1, sold: 1 });
    expectSound(database.tables);
  });

  test('of reservations that are not ours are counted and left', async () => {
    const foreign: [string, number][] = [];
    const { outcomes, pending, database } = await started({
      ...noObserver,
      foreign: (topic, count) => foreign.push([topic, count]),
    });
    const ours = await pending('a', 1);
    const before = database.tables;
    await outcomes(
      outcomeOf({ ...ours, id: 'order-1' }),
      outcomeOf({ ...ours, id: '0193b1f2-0000-7000-8000-999999999999' }),
    );
    expect(foreign).toEqual([
      ['reservation-outcomes', 1],
      ['reservation-outcomes', 1],
    ]);
    expect(database.tables).toEqual(before);
  });

  test('that confirm what does not fit are given back to whoever paid, in the same transaction', async () => {
    const { pending, held, outcomes, asked, row, database } = await started();
    const [wrong, hold] = [await pending('a', 1), await held('b', 2)];
    await outcomes(outcomeOf(wrong, { amount: 5 }), outcomeOf(hold, { chargeKey: 'foreign', userId: 'payer' }));
    await outcomes(outcomeOf(wrong, { amount: 5 }), outcomeOf(hold, { chargeKey: 'foreign', userId: 'payer' }));
    expect(asked()).toMatchObject([
      { chargeKey: `charge:${wrong.id}`, amount: 5, userId: 'a', reason: 'AMOUNT_MISMATCH', reservationId: wrong.id },
      { chargeKey: 'foreign', refundKey: 'refund:foreign', userId: 'payer', reason: 'NOT_PENDING' },
    ]);
    expect(row(wrong.id)).toMatchObject({ status: 'PAYMENT_FAILED', reason: 'AMOUNT_MISMATCH' });
    expect(row(hold.id)).toMatchObject({ status: 'TEMPORARY_ASSIGNED', version: 1, refusedChargeKey: 'foreign' });
    expectSound(database.tables);
  });

  test('the time from "pay" until the decision is counted once', async () => {
    const decided: unknown[] = [];
    const { pending, outcomes, row, clock } = await started({
      ...noObserver,
      decided: (...told) => void decided.push(told),
    });
    const { id } = await pending('a', 1);
    await clock.advance(1_500);
    await outcomes(outcomeOf(row(id)));
    await outcomes(outcomeOf(row(id)));
    expect(decided).toEqual([['CONFIRMED', 1_500]]);
  });

  test('an unpaid outcome of what was confirmed is an alert, not a change', async () => {
    const alerts: string[] = [];
    const { pending, outcomes, row } = await started({ ...noObserver, inconsistent: (what) => void alerts.push(what) });
    const { id } = await pending('a', 1);
    await outcomes(outcomeOf(row(id)));
    await outcomes(outcomeOf(row(id), { outcome: 'EXPIRED' }));
    expect(row(id).status).toBe('CONFIRMED');
    expect(alerts).toEqual(['unpaid-outcome-of-confirmed']);
  });

  test('the last seat sold is told once', async () => {
    const { pending, outcomes, database, block, cancel, row } = await started();
    await block(3, 100);
    const [a, b] = [await pending('a', 1), await pending('b', 2)];
    await outcomes(outcomeOf(a));
    await outcomes(outcomeOf(b));
    await cancel(a.id, 'a');
    const again = await pending('c', 1);
    await outcomes(outcomeOf(row(again.id)));
    const told = eventsOf(database.tables.outbox).filter(({ type }) => type === 'schedule.sold-out');
    expect(told).toMatchObject([{ scheduleId: 1, data: { status: 'SOLD_OUT', title: 'A concert' } }]);
    expect(database.tables.seatMaps.get(1)).toMatchObject({ sold: 2, blocked: 98, claimed: 100, soldOutAt: at(0) });
    expectSound(database.tables);
  });
});

describe('refunds', () => {
  test('of what is still confirmed is an alert, not a change: nobody here asked for it', async () => {
    const alerts: string[] = [];
    const { pending, outcomes, refunds, row } = await started({
      ...noObserver,
      inconsistent: (what) => void alerts.push(what),
    });
    const { id } = await pending('a', 1);
    await outcomes(outcomeOf(row(id)));
    await refunds({ reservationId: id, chargeKey: 'another' }, { reservationId: id, chargeKey: `charge:${id}` });
    expect(row(id).status).toBe('CONFIRMED');
    expect(alerts).toEqual(['refund-of-confirmed']);
  });

  test('close a cancellation, once; those of other charges do not matter', async () => {
    const { pending, outcomes, cancel, asked, row, refunds, database } = await started();
    const reservation = await pending('a', 1);
    const own = { reservationId: reservation.id, chargeKey: `charge:${reservation.id}` };
    await outcomes(outcomeOf(reservation));
    expect(await cancel(reservation.id, 'a')).toMatchObject({
      kind: 'cancelled',
      reservation: { refund: 'REQUESTED' },
    });
    expect(await cancel(reservation.id, 'a')).toMatchObject({
      kind: 'cancelled',
      reservation: { refund: 'REQUESTED' },
    });
    expect(asked()).toMatchObject([
      { chargeKey: own.chargeKey, amount: reservation.amount, reason: 'CANCELLED_BY_FAN' },
    ]);
    await refunds({ ...own, chargeKey: 'second' }, { ...own, reservationId: 'not-ours' });
    expect(row(reservation.id).refund).toBe('REQUESTED');
    await refunds(own, own);
    await refunds(own);
    expect(row(reservation.id)).toMatchObject({ status: 'CANCELLED', refund: 'DONE', version: 5 });
    expectSound(database.tables);
  });
});
