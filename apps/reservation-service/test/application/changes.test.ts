import type { UnitOfWork } from '@stagedoor/platform';
import { describe, expect, test } from 'vitest';
import { Changes } from '../../src/application/changes.ts';
import type { Tx } from '../../src/application/ports.ts';
import { cancel } from '../../src/domain/cancellation.ts';
import { applyOutcome } from '../../src/domain/outcome.ts';
import { requestPayment } from '../../src/domain/payment.ts';
import { aPlan, at, times } from '../builders.ts';
import { MemoryDatabase } from '../memory/memory-database.ts';
import { box, countingIds, eventsOf, memoryBox, noObserver, outcomeOf } from './box.ts';
import { expectSound } from './soundness.ts';

describe('the changes of one transaction', () => {
  test('a reservation that goes from its hold to its cancellation at once is written once, and told step by step', async () => {
    const { database, hold } = await memoryBox();
    const held = await hold('a', 1);
    if (held.kind !== 'applied') throw new Error(held.kind);
    await database.run(async (tx) => {
      const changes = new Changes({ ids: countingIds(), observer: noObserver }, at(5));
      const [before] = await tx.reservations.lock([held.reservation.id]);
      if (before === undefined) throw new Error('no reservation');
      const paid = requestPayment(before, 'k', times, at(5));
      if (paid.kind !== 'applied') throw new Error(paid.kind);
      changes.apply(before, paid);
      const confirmed = applyOutcome(paid.reservation, outcomeOf(paid.reservation), at(5));
      if (confirmed.kind !== 'applied') throw new Error(confirmed.kind);
      changes.apply(paid.reservation, confirmed);
      const cancelled = cancel(confirmed.reservation, { reason: 'x', until: null }, at(5));
      if (cancelled.kind !== 'applied') throw new Error(cancelled.kind);
      changes.refundCancelled(cancelled.reservation);
      changes.apply(confirmed.reservation, cancelled);
      await changes.saveReservations(tx);
      await changes.finish(tx);
    });
    expectSound(database.tables);
    expect(eventsOf(database.tables.outbox)).toHaveLength(4);
    expect(database.tables.seatMaps.get(1)).toMatchObject({ claimed: 0, sold: 0, version: 3 });
  });

  test('nothing decided writes nothing', async () => {
    const { database } = await memoryBox();
    const before = database.tables;
    await database.run(async (tx) => {
      const changes = new Changes({ ids: countingIds(), observer: noObserver }, at(0));
      await changes.saveReservations(tx);
      await changes.finish(tx);
    });
    expect(database.tables).toEqual(before);
  });
});

test('a place kept for a seat that another replica took is given to the same fan’s other hold', async () => {
  const database = new MemoryDatabase();
  await database.run((tx) => tx.schedules.insertConcert(aPlan()));
  const ids = countingIds();
  const before = box({ unitOfWork: database, schedules: database, ids });
  for (const seat of [91, 92, 93]) await before.hold('a', seat);
  let attempts = 0;
  const rival = { scheduleId: 1, seatNumber: 1, reservationId: 'of another replica' };
  const raced: UnitOfWork<Tx> = {
    run: (work) =>
      database.run(async (tx) => {
        // First between our look and our insert; from then on it is there to be seen.
        if (++attempts > 1) await tx.claims.take([rival]);
        const take: Tx['claims']['take'] = async (claims) => {
          await tx.claims.take([rival]);
          return tx.claims.take(claims);
        };
        return work({ ...tx, claims: { ...tx.claims, take } });
      }),
  };
  const { hold } = box({ unitOfWork: raced, schedules: database, ids });
  const verdicts = await Promise.all([hold('a', 1), hold('a', 2)]);
  expect(verdicts.map((verdict) => ('reason' in verdict ? verdict.reason : verdict.kind))).toEqual([
    'SEAT_TAKEN',
    'applied',
  ]);
});
