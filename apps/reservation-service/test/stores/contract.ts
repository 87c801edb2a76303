import { topics } from '@stagedoor/contracts';
import { type UnitOfWork, uuidv7Ids } from '@stagedoor/platform';
import { beforeEach, expect, test } from 'vitest';
import { Messages } from '../../src/application/events.ts';
import { ReservationCollision, SampleExists, type Tx } from '../../src/application/ports.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import { aHold, aPlan, at } from '../builders.ts';

/** What a test is given: the store, and a schedule of 100 seats that no other test has. */
export interface StoreUnderTest {
  unitOfWork: UnitOfWork<Tx>;
  scheduleId: number;
}

class Undo extends Error {}

const settled = async (attempts: Promise<unknown>[]) =>
  (await Promise.allSettled(attempts)).map((result) => (result.status === 'fulfilled' ? null : result.reason));

/** What every implementation of the ports of application/ports.ts keeps. */
export function storeContract(open: () => Promise<StoreUnderTest>): void {
  let store: StoreUnderTest['unitOfWork'];
  let scheduleId: number;

  beforeEach(async () => {
    ({ unitOfWork: store, scheduleId } = await open());
  });

  const insert = (...reservations: Reservation[]) => store.run((tx) => tx.reservations.insert(reservations));
  const find = (...ids: string[]) => store.run((tx) => tx.reservations.find(ids));
  const hold = (given: Partial<Reservation> = {}) => aHold({ scheduleId, userId: `fan-${uuidv7Ids.next()}`, ...given });

  test('a reservation reads back as it was written, to the millisecond', async () => {
    const reservation: Reservation = {
      ...hold({ amount: 9_007_199_254_740_991, userId: 'ファン 🎫' }),
      status: 'CANCELLED',
      version: 5,
      liveSlot: null,
      holdKey: 'key with spaces',
      paymentKey: 'p'.repeat(255),
      chargeKey: `charge:${'c'.repeat(200)}`,
      refusedChargeKey: 'other',
      paymentRequestedAt: at(1),
      paymentDeadline: at(300_001),
      decidedAt: at(999),
      cancelledAt: at(123_456),
      cancelReason: 'Rain',
      refund: 'DONE',
      refundedAt: at(123_457),
      dueAt: null,
      republishCount: 3,
    };
    await insert(reservation);
    expect(await find(reservation.id)).toEqual([reservation]);
  });

  test('lock and find answer those that exist, in id order, each once', async () => {
    const rows = [hold(), hold(), hold()];
    await insert(...rows);
    const ids = rows.map(({ id }) => id);
    const asked = [ids[2], uuidv7Ids.next(), ids[0], ids[1], ids[0]] as string[];
    expect((await store.run((tx) => tx.reservations.lock(asked))).map(({ id }) => id)).toEqual(ids);
    expect((await find(...asked)).map(({ id }) => id)).toEqual(ids);
  });

  test('save writes what differs, row by row', async () => {
    const [a, b, c] = [hold(), hold(), hold()];
    await insert(a, b, c);
    const changes = [
      { before: a, after: { ...a, status: 'CONFIRMED' as const, version: 2, chargeKey: 'a', dueAt: null } },
      { before: b, after: { ...b, status: 'CONFIRMED' as const, version: 2, chargeKey: 'b', dueAt: null } },
      { before: c, after: { ...c, republishCount: 1, dueAt: at(5) } },
    ];
    await store.run((tx) => tx.reservations.save(changes));
    expect(await find(a.id, b.id, c.id)).toEqual(changes.map(({ after }) => after));
  });

  test('more rows than a statement takes are locked and saved as well', async () => {
    const rows = Array.from({ length: 1_250 }, () => hold());
    for (let start = 0; start < rows.length; start += 250) await insert(...rows.slice(start, start + 250));
    const locked = await store.run(async (tx) => {
      const before = await tx.reservations.lock(rows.map(({ id }) => id).toReversed());
      await tx.reservations.save(
        before.map((row, index) => ({
          before: row,
          after: { ...row, version: 2, ...(index % 2 === 0 && { chargeKey: `key-${index}` }) },
        })),
      );
      return before;
    });
    expect(locked).toEqual(rows);
    const saved = await find(...rows.map(({ id }) => id));
    expect(saved.every(({ version }) => version === 2)).toBe(true);
    expect(saved.map(({ chargeKey }) => chargeKey)).toEqual(rows.map((_, n) => (n % 2 === 0 ? `key-${n}` : null)));
  });

  test.each([
    ['a live slot', { liveSlot: 2, holdKey: null }],
    ['a hold key', { liveSlot: null, holdKey: 'same' }],
  ])('%s is taken once per fan', async (_, taken) => {
    const first = hold(taken);
    await insert(first);
    await expect(insert(hold({ ...taken, userId: first.userId }))).rejects.toThrow(ReservationCollision);
    await insert(hold(taken));
    await insert(hold({ userId: first.userId, liveSlot: null, holdKey: null }));
  });

  test('user ids that look alike are different fans', async () => {
    await insert(
      hold({ userId: `fan-a-${scheduleId}`, liveSlot: 1 }),
      hold({ userId: `Fan-A-${scheduleId}`, liveSlot: 1 }),
    );
    await insert(hold({ userId: `fan-á-${scheduleId}`, liveSlot: 1 }));
    const live = await store.run((tx) => tx.reservations.findLive([{ userId: `Fan-A-${scheduleId}`, scheduleId }]));
    expect(live.map(({ userId }) => userId)).toEqual([`Fan-A-${scheduleId}`]);
  });

  test('findLive answers who has a slot, of these fans in this schedule', async () => {
    const mine = hold({ liveSlot: 3 });
    await insert(mine, hold({ userId: mine.userId, liveSlot: null }), hold({ liveSlot: 1 }));
    const { id, userId, liveSlot, status, holdExpiresAt } = mine;
    expect(await store.run((tx) => tx.reservations.findLive([{ userId, scheduleId }]))).toEqual([
      { id, userId, scheduleId, liveSlot, status, holdExpiresAt },
    ]);
  });

  test('findByHoldKeys answers by fan and key', async () => {
    const one = hold({ holdKey: 'k1' });
    await insert(one, hold({ holdKey: 'k1' }), hold({ userId: one.userId, liveSlot: 2, holdKey: 'k2' }));
    const found = await store.run((tx) => tx.reservations.findByHoldKeys([{ userId: one.userId, holdKey: 'k1' }]));
    expect(found).toEqual([one]);
  });

  test('findDue answers the most overdue first, up to now', async () => {
    const rows = [
      hold({ dueAt: at(-3_000) }),
      hold({ dueAt: at(-5_000) }),
      hold({ dueAt: at(1) }),
      hold({ dueAt: null }),
    ];
    await insert(...rows);
    const due = await store.run((tx) => tx.reservations.findDue(at(0), 1_000));
    const mine = due.filter((id) => rows.some((row) => row.id === id));
    expect(mine).toEqual([rows[1]?.id, rows[0]?.id]);
    expect(await store.run((tx) => tx.reservations.findDue(at(0), 1))).toHaveLength(1);
  });

  test('a claim belongs to whoever was first; only its own id frees it', async () => {
    const [first, second] = [hold({ seatNumber: 7 }), hold({ seatNumber: 7 })];
    const claim = ({ id }: Reservation) => ({ scheduleId, seatNumber: 7, reservationId: id });
    await insert(first);
    expect(await store.run((tx) => tx.claims.take([claim(first)]))).toEqual([claim(first)]);
    expect(await store.run((tx) => tx.claims.take([claim(second)]))).toEqual([claim(first)]);
    await store.run((tx) => tx.claims.free([claim(second)]));
    const { status, holdExpiresAt } = first;
    expect(await store.run((tx) => tx.claims.find([{ scheduleId, seatNumber: 7 }]))).toEqual([
      { ...claim(first), status, holdExpiresAt },
    ]);
    await store.run((tx) => tx.claims.free([claim(first)]));
    expect(await store.run((tx) => tx.claims.find([{ scheduleId, seatNumber: 7 }]))).toEqual([]);
  });

  test('blocked seats are claims of nobody, and are freed as such only', async () => {
    const block = (seatNumber: number) => ({ scheduleId, seatNumber, reservationId: null });
    const sold = { scheduleId, seatNumber: 12, reservationId: uuidv7Ids.next() };
    await store.run((tx) => tx.claims.take([block(13), sold, block(11)]));
    await store.run((tx) => tx.claims.free([block(11), block(12)]));
    expect(await store.run((tx) => tx.claims.findFrom(scheduleId, 11, 10))).toEqual([sold, block(13)]);
    expect(await store.run((tx) => tx.claims.findFrom(scheduleId, 1, 1))).toEqual([sold]);
    expect(await store.run((tx) => tx.claims.findFrom(scheduleId, 13, 10))).toEqual([block(13)]);
  });

  test('seat maps are saved together and locked in order', async () => {
    const { schedules } = await store.run((tx) => tx.schedules.insertConcert(aPlan()));
    const ids = [scheduleId, ...schedules.map(({ id }) => id)].sort((a, b) => a - b);
    await store.run(async (tx) => {
      const maps = await tx.seatMaps.lock(ids);
      expect(maps.map((map) => map.scheduleId)).toEqual(ids);
      const change = {
        version: 9,
        claimed: 3,
        blocked: 1,
        sold: 2,
        termsRevision: 4,
        firstSoldAt: at(1),
        soldOutAt: null,
      };
      await tx.seatMaps.save(maps.map((map, index) => ({ ...map, ...change, sold: index })));
    });
    const saved = await store.run((tx) => tx.seatMaps.lock(ids));
    expect(saved.map(({ sold }) => sold)).toEqual(ids.map((_, index) => index));
    expect(saved[0]).toMatchObject({
      version: 9,
      claimed: 3,
      blocked: 1,
      termsRevision: 4,
      firstSoldAt: at(1),
      soldOutAt: null,
    });
  });

  test('a concert reads back with its shows, and their terms can change', async () => {
    const { concertId, schedules } = await store.run((tx) => tx.schedules.insertConcert(aPlan()));
    const [show] = schedules;
    if (show === undefined) throw new Error('no show');
    expect(show).toMatchObject({ concertId, title: 'A concert', seatsTotal: 100, status: 'ON_SALE', termsRevision: 1 });
    expect(show.sections.map(({ from, to }) => [from, to])).toEqual([
      [1, 60],
      [61, 100],
    ]);
    const terms = {
      ...show,
      salesEndAt: at(7),
      status: 'CANCELLED' as const,
      cancelReason: 'Rain',
      cancellingSince: at(8),
    };
    await store.run((tx) => tx.schedules.save(show.id, terms));
    expect(await store.run((tx) => tx.schedules.lock(show.id))).toEqual(terms);
    expect(await store.run((tx) => tx.schedules.findCancelling(1_000))).toContain(show.id);
    expect(await store.run((tx) => tx.schedules.lock(2 ** 31 - 1))).toBeNull();
    expect(await store.run((tx) => tx.schedules.hasConcert())).toBe(true);
  });

  test('what is undone leaves nothing behind, and nobody is told', async () => {
    const reservation = hold();
    let told = 0;
    const undone = store.run(async (tx) => {
      await tx.reservations.insert([reservation]);
      await tx.claims.take([{ scheduleId, seatNumber: 1, reservationId: reservation.id }]);
      await tx.outbox.add([new Messages(uuidv7Ids, at(0)).reservationEvent(reservation, 'reservation.held')]);
      tx.afterCommit(() => void told++);
      throw new Undo();
    });
    await expect(undone).rejects.toThrow(Undo);
    expect(await find(reservation.id)).toEqual([]);
    expect(await store.run((tx) => tx.claims.findFrom(scheduleId, 1, 10))).toEqual([]);
    await store.run(async (tx) => tx.afterCommit(() => void told++));
    expect(told).toBe(1);
  });

  test('20 at once take one seat: one has it, and all agree who', async () => {
    const ids = Array.from({ length: 20 }, () => uuidv7Ids.next());
    const answers = await Promise.all(
      ids.map((id) => store.run((tx) => tx.claims.take([{ scheduleId, seatNumber: 5, reservationId: id }]))),
    );
    expect(new Set(answers.flat().map(({ reservationId }) => reservationId)).size).toBe(1);
  });

  test('20 at once take one live slot of a fan: one has it, the others collide', async () => {
    const userId = `fan-${uuidv7Ids.next()}`;
    const errors = await settled(Array.from({ length: 20 }, () => insert(hold({ userId, liveSlot: 1 }))));
    expect(errors.filter((error) => error === null)).toHaveLength(1);
    expect(errors.filter((error) => error instanceof ReservationCollision)).toHaveLength(19);
  });

  test('20 at once count on one seat map: none is lost', async () => {
    await Promise.all(
      Array.from({ length: 20 }, () =>
        store.run(async (tx) => {
          const [map] = await tx.seatMaps.lock([scheduleId]);
          if (map === undefined) throw new Error('no map');
          const step = { scheduleId, version: map.version + 1, taken: [], freed: [], at: at(0) };
          await tx.seatMaps.save([{ ...map, version: step.version, claimed: map.claimed + 1 }]);
          await tx.seatMaps.addSteps([step]);
        }),
      ),
    );
    const [map] = await store.run((tx) => tx.seatMaps.lock([scheduleId]));
    expect(map).toMatchObject({ claimed: 20, version: 21 });
  });

  test('20 at once publish one sample: one does', async () => {
    const sample = `s-${scheduleId}-${uuidv7Ids.next().slice(-12)}`;
    const errors = await settled(
      Array.from({ length: 20 }, () => store.run((tx) => tx.schedules.insertConcert({ ...aPlan(), sample }))),
    );
    expect(errors.filter((error) => error === null)).toHaveLength(1);
    expect(errors.filter((error) => error instanceof SampleExists)).toHaveLength(19);
  });

  test('messages of one transaction leave together', async () => {
    const messages = new Messages(uuidv7Ids, at(0));
    const event = messages.reservationEvent(hold(), 'reservation.held');
    await store.run((tx) => tx.outbox.add([event, event]));
    expect(event.topic).toBe(topics.domainEvents.name);
  });
}
