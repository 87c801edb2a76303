import { ManualClock, type UnitOfWork } from '@stagedoor/platform';
import { describe, expect, test } from 'vitest';
import { changeSchedule } from '../../src/application/change-schedule.ts';
import type { Tx } from '../../src/application/ports.ts';
import { publishSample, samplePlan } from '../../src/application/sample-concert.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import { numberSeats } from '../../src/domain/schedule.ts';
import { aPlan, at } from '../builders.ts';
import { MemoryDatabase } from '../memory/memory-database.ts';
import { box, countingIds, eventsOf, memoryBox, noObserver, outcomeOf } from './box.ts';
import { expectSound } from './soundness.ts';

describe('house seats', () => {
  test('are blocked all or none, and a seat of a fan is named', async () => {
    const { database, block, hold } = await memoryBox();
    await hold('a', 5);
    expect(await block(4, 7)).toEqual({ kind: 'taken', seats: [[5, 5]] });
    expect(database.tables.claims.size).toBe(1);
    expect(await block(6, 9)).toEqual({ kind: 'done', seats: [[6, 9]] });
    expect(await block(8, 11)).toEqual({ kind: 'done', seats: [[10, 11]] });
    expect(await block(99, 101)).toEqual({ kind: 'rejected', reason: 'SEAT_NOT_FOUND' });
    expect(await hold('b', 8)).toEqual({ kind: 'rejected', reason: 'SEAT_TAKEN' });
    expect(database.tables.seatMaps.get(1)).toMatchObject({ claimed: 7, blocked: 6 });
    expectSound(database.tables);
  });

  test('come back on sale; reservations among them stay', async () => {
    const { database, block, unblock, hold } = await memoryBox();
    await block(1, 3);
    await hold('a', 4);
    expect(await unblock(2, 5)).toEqual({ kind: 'done', seats: [[2, 3]] });
    expect(await unblock(2, 5)).toEqual({ kind: 'done', seats: [] });
    expect([...database.tables.claims.keys()].toSorted()).toEqual(['1/1', '1/4']);
    expectSound(database.tables);
    expect(database.tables.audit.map(({ action, actor }) => [action, actor])).toEqual([
      ['seats.block', 'op'],
      ['seats.unblock', 'op'],
      ['seats.unblock', 'op'],
    ]);
  });
});

describe('a cancelled show', () => {
  test('sells nothing any more, and ends what is live in batches; pending payments once they are decided', async () => {
    const box = await memoryBox({ maxBatch: 3 });
    const { database, hold, pay, outcomes, cancelShow, endCancelledShow, block } = box;
    const row = (id: string) => database.tables.reservations.get(id);
    const held: Reservation[] = [];
    for (let seat = 1; seat <= 12; seat++) {
      const verdict = await hold(`fan-${seat}`, seat);
      if (verdict.kind === 'applied') held.push(verdict.reservation);
    }
    await block(20, 22);
    for (const { id, userId } of held.slice(0, 8)) await pay(id, userId, 'k');
    await outcomes(...held.slice(0, 6).map((reservation) => outcomeOf(reservation)));
    await cancelShow();
    await cancelShow();
    expect(await hold('late', 50)).toEqual({ kind: 'rejected', reason: 'SALES_CLOSED' });

    expect(await endCancelledShow()).toBe(false);
    const statuses = () => held.map(({ id }) => row(id)?.status);
    expect(statuses()).toEqual([
      ...Array(6).fill('CANCELLED'),
      ...Array(2).fill('PAYMENT_PENDING'),
      ...Array(4).fill('EXPIRED'),
    ]);
    await outcomes(...held.slice(6, 8).map((reservation) => outcomeOf(reservation)));
    expect(await endCancelledShow()).toBe(true);
    expect(statuses().slice(0, 8)).toEqual(Array(8).fill('CANCELLED'));
    expect(database.tables.schedules.get(1)).toMatchObject({ status: 'CANCELLED', cancellingSince: null });
    // House seats are claims of nobody, and stay.
    expect(database.tables.claims.size).toBe(3);
    expectSound(database.tables);
    const told = eventsOf(database.tables.outbox).filter(({ type }) => type === 'schedule.cancelled');
    expect(told).toMatchObject([{ data: { status: 'CANCELLED', reason: 'Rain' } }]);
  });
});

test('the ending of a cancelled show goes on wherever it was cut off, and everybody is refunded once', async () => {
  let runs = 0;
  const database = new MemoryDatabase();
  await database.run((tx) => tx.schedules.insertConcert(aPlan()));
  const cutOff: UnitOfWork<Tx> = {
    async run(work) {
      runs++;
      // Every third transaction is lost, and every third is done but nobody is told.
      if (runs % 3 === 0) throw new Error('killed before the commit');
      const result = await database.run(work);
      if (runs % 3 === 1) throw new Error('killed after the commit');
      return result;
    },
  };
  const ids = countingIds();
  const before = box({ unitOfWork: database, schedules: database, ids });
  for (let seat = 1; seat <= 40; seat++) {
    const held = await before.hold(`fan-${seat}`, seat);
    if (held.kind !== 'applied') throw new Error(held.kind);
    await before.pay(held.reservation.id, `fan-${seat}`, 'k');
    await before.outcomes(outcomeOf(held.reservation));
  }
  await before.cancelShow();
  const { endCancelledShow } = box({ unitOfWork: cutOff, schedules: database, ids, maxBatch: 3 });
  for (let attempt = 0; attempt < 100; attempt++) {
    await endCancelledShow().catch(() => false);
    expectSound(database.tables);
    if (database.tables.schedules.get(1)?.cancellingSince === null) break;
  }
  expect([...database.tables.reservations.values()].every(({ status }) => status === 'CANCELLED')).toBe(true);
  expect(database.tables.claims.size).toBe(0);
});

test('a cancelled show is ended at a steady rate, and left to whoever may go on', async () => {
  const clock = new ManualClock(at(0));
  const { database, hold, cancelShow, endCancelledShow } = await memoryBox({ clock, endedPerSecond: 20 });
  for (let seat = 1; seat <= 60; seat++) await hold(`fan-${seat}`, seat);
  await cancelShow();
  const left = () => database.tables.claims.size;
  const ending = endCancelledShow();
  await clock.advance(0);
  expect(left()).toBe(58);
  await clock.advance(1_000);
  expect(left()).toBe(38);
  await clock.advance(2_000);
  expect(await ending).toBe(true);
  expect(left()).toBe(0);

  let asked = 0;
  const other = await memoryBox();
  for (let seat = 1; seat <= 60; seat++) await other.hold(`fan-${seat}`, seat);
  await other.cancelShow();
  expect(await other.endCancelledShow(1, async () => ++asked < 2)).toBe(false);
  expect(other.database.tables.claims.size).toBe(10);
});

describe('changing a show', () => {
  test('is told, and an opening after the start is refused', async () => {
    const { database } = await memoryBox();
    const options = { unitOfWork: database, clock: new ManualClock(at(0)), ids: countingIds(), observer: noObserver };
    const change = (patch: object, scheduleId = 1) => changeSchedule({ scheduleId, patch, actor: 'op' }, options);
    expect(await change({ salesEndAt: at(5) })).toMatchObject({ kind: 'changed', schedule: { salesEndAt: at(5) } });
    expect(await change({ salesEndAt: null, startsAt: at(1e9) })).toMatchObject({
      schedule: { salesEndAt: null, startsAt: at(1e9), opensAt: at(-3_600_000) },
    });
    expect(await change({ opensAt: at(2e9) })).toEqual({ kind: 'rejected', reason: 'OPENS_AFTER_START' });
    expect(await change({ salesEndAt: null }, 9)).toEqual({ kind: 'rejected', reason: 'NOT_FOUND' });
    expect(eventsOf(database.tables.outbox).map(({ type }) => type)).toEqual(['schedule.updated', 'schedule.updated']);
    expect(database.tables.seatMaps.get(1)?.termsRevision).toBe(3);
  });
});

describe('the sample concert', () => {
  test('has two shows of 500 and 20,000 seats', () => {
    const seats = samplePlan(at(0)).schedules.map(({ sections }) => numberSeats(sections).seatsTotal);
    expect(seats).toEqual([500, 20_000]);
  });

  test('is published once, and only where there is no concert', async () => {
    const database = new MemoryDatabase();
    const options = { unitOfWork: database, clock: new ManualClock(at(0)), ids: countingIds(), observer: noObserver };
    const published = await Promise.all([publishSample(options), publishSample(options), publishSample(options)]);
    expect(published.filter((done) => done)).toHaveLength(1);
    expect(database.tables.schedules.size).toBe(2);
    expect(eventsOf(database.tables.outbox).map(({ type }) => type)).toEqual(Array(2).fill('schedule.published'));
  });
});
