import { type UnitOfWork, uuidv7Ids } from '@stagedoor/platform';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Pruning, QueueReads, QueueTx, Seed } from '../src/application/ports.ts';
import type { Admission } from '../src/domain/admission.ts';
import type { Room } from '../src/domain/room.ts';
import { newFan, newSchedule } from './harness.ts';

/** An implementation of the database's ports. */
export interface StoreUnderTest {
  unitOfWork: UnitOfWork<QueueTx>;
  reads: QueueReads & Pruning;
}

const at = (second: number): Date => new Date(Date.UTC(2030, 0, 1, 12, 0, second, 123));
const seed = (): Seed => ({ seed: '0'.repeat(64), seedHash: 'f'.repeat(64) });

/** What every store of the waiting room has to keep to. */
export function queueStoreSuite(name: string, open: () => StoreUnderTest): void {
  describe(name, () => {
    let unitOfWork: UnitOfWork<QueueTx>;
    let reads: QueueReads & Pruning;
    let scheduleId: number;

    beforeEach(() => {
      ({ unitOfWork, reads } = open());
      scheduleId = newSchedule();
    });

    const room = (given: Partial<Room> = {}): Room => ({
      scheduleId,
      mode: 'queue',
      ratePerSecond: 200,
      maxInside: 2_000,
      opensAt: at(10),
      openingOverride: null,
      salesEndAt: null,
      cancelled: false,
      message: null,
      learnedAt: at(1),
      version: 1,
      ...given,
    });
    const stored = { sequenceHigh: 0, restoredThrough: 0, serving: 0, seedHash: 'f'.repeat(64) };
    const insertRoom = (given: Partial<Room> = {}) =>
      unitOfWork.run((tx) => tx.rooms.insertNew([room(given)], seed, at(1)));
    const lockRoom = () => unitOfWork.run(async (tx) => (await tx.rooms.lock([scheduleId]))[0]);
    const admission = (given: Partial<Admission> = {}): Admission => ({
      id: uuidv7Ids.next(),
      scheduleId,
      userId: newFan(),
      sequence: 1,
      admittedAt: at(1),
      endsAt: at(20),
      endedAt: null,
      endReason: null,
      holds: {},
      ...given,
    });
    const insert = (...admissions: Admission[]) => unitOfWork.run((tx) => tx.admissions.insert(admissions));
    const held = { r1: { version: 2, live: true }, 'r 2é': { version: 3, live: false } };

    test('a room is inserted once, and kept as it is by a second attempt', async () => {
      await insertRoom();
      await insertRoom({ ratePerSecond: 1 });
      expect(await lockRoom()).toEqual({ ...room(), ...stored });
      expect(await unitOfWork.run((tx) => tx.rooms.lock([newSchedule()]))).toEqual([]);
    });

    test('settings are saved without touching the numbers', async () => {
      await insertRoom();
      await unitOfWork.run((tx) => tx.rooms.takeNumbers(scheduleId, 10));
      const changed = room({
        mode: 'paused',
        ratePerSecond: 3,
        maxInside: 4,
        opensAt: at(30),
        openingOverride: at(40),
        salesEndAt: at(50),
        cancelled: true,
        message: 'Wait – 잠시만',
        learnedAt: at(2),
        version: 2,
      });
      await unitOfWork.run((tx) => tx.rooms.saveSettings(changed, at(2)));
      expect(await lockRoom()).toEqual({ ...changed, ...stored, sequenceHigh: 10 });
    });

    test('rooms are read by when they were written', async () => {
      const before = (await reads.roomsSince(null)).newest;
      await insertRoom();
      const found = await reads.roomsSince(at(1));
      expect(found.rooms.find((one) => one.scheduleId === scheduleId)).toEqual({ ...room(), ...stored });
      expect(found.newest?.getTime()).toBeGreaterThanOrEqual(at(1).getTime());
      expect((await reads.roomsSince(at(59))).rooms).toEqual([]);
      expect(before === null || before <= at(2)).toBe(true);
    });

    test('20 who take numbers at once get blocks that follow on', async () => {
      await insertRoom();
      const blocks = await Promise.all(
        Array.from({ length: 20 }, () => unitOfWork.run((tx) => tx.rooms.takeNumbers(scheduleId, 5))),
      );
      expect(blocks.map(({ low }) => low).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n * 5));
      expect(blocks.every(({ low, high }) => high === low + 5)).toBe(true);
      expect(await unitOfWork.run((tx) => tx.rooms.takeNumbersAfterLoss(scheduleId, 5, at(50)))).toEqual({
        low: 100,
        high: 105,
      });
      expect(await lockRoom()).toMatchObject({ sequenceHigh: 105, restoredThrough: 100 });
      expect((await reads.roomsSince(at(50))).rooms.map((one) => one.scheduleId)).toContain(scheduleId);
    });

    test('the serving number only rises', async () => {
      await insertRoom();
      for (const serving of [5, 3, 7]) await unitOfWork.run((tx) => tx.rooms.raiseServing(scheduleId, serving));
      expect(await lockRoom()).toMatchObject({ serving: 7 });
    });

    test('admissions come back as they were written, those of the fans that are asked for', async () => {
      const fan = newFan();
      const mine = [admission({ userId: fan, holds: held }), admission({ userId: fan, sequence: 9 })];
      await insert(
        ...mine,
        admission({ userId: `${fan.toUpperCase()}` }),
        admission({ userId: fan, scheduleId: newSchedule() }),
      );
      const found = await unitOfWork.run((tx) => tx.admissions.lockOfFans([{ scheduleId, userId: fan }]));
      expect(found).toEqual(mine);
    });

    test('a place admits once', async () => {
      const one = admission();
      await insert(one);
      await expect(insert({ ...one, id: uuidv7Ids.next() })).rejects.toThrow();
      await expect(insert({ ...one, sequence: 2 })).rejects.toThrow();
      expect(await reads.openAdmissions(scheduleId)).toEqual([one]);
    });

    test('ends and holds are saved, many at once', async () => {
      const many = Array.from({ length: 50 }, () => admission());
      await insert(...many);
      const saved = many.map(
        (one, index): Admission =>
          index % 2 ? { ...one, endedAt: at(5), endReason: 'DONE' } : { ...one, holds: held },
      );
      await unitOfWork.run((tx) => tx.admissions.save(saved));
      const fans = many.map(({ userId }) => ({ scheduleId, userId }));
      const found = await unitOfWork.run((tx) => tx.admissions.lockOfFans(fans));
      expect(new Map(found.map((one) => [one.id, one]))).toEqual(new Map(saved.map((one) => [one.id, one])));
      expect((await reads.openAdmissions(scheduleId)).length).toBe(25);
    });

    test('those past their end are found, unless they ended or hold something', async () => {
      const past = (second: number, given: Partial<Admission> = {}) => admission({ endsAt: at(second), ...given });
      const lapsed = [past(2), past(1)];
      const holding = past(1, { holds: held });
      await insert(...lapsed, past(30), past(1, { endedAt: at(1), endReason: 'LEFT' }), holding);
      const find = async (limit: number) =>
        (await unitOfWork.run((tx) => tx.admissions.findLapsed(at(3), limit))).filter(
          (fan) => fan.scheduleId === scheduleId,
        );
      const fans = lapsed.map(({ userId }) => ({ scheduleId, userId })).reverse();
      expect(await find(10_000)).toEqual(fans);
      await unitOfWork.run((tx) => tx.admissions.save([{ ...holding, holds: { r1: { version: 3, live: false } } }]));
      expect(await find(10_000)).toHaveLength(3);
      // Nothing of this test's may be lapsed for the others.
      await unitOfWork.run((tx) =>
        tx.admissions.save(
          [...lapsed, holding].map((one) => ({ ...one, endedAt: at(4), endReason: 'EXPIRED' as const })),
        ),
      );
    });

    test('what is spent is the highest place that admitted or was given up', async () => {
      const [a, b, c, d] = [newFan(), newFan(), newFan(), newFan()];
      await insert(
        admission({ userId: a, sequence: 3 }),
        admission({ userId: a, sequence: 8 }),
        admission({ userId: b, sequence: 2 }),
      );
      for (const sequence of [6, 4]) {
        await unitOfWork.run((tx) =>
          tx.departures.record(
            [
              { scheduleId, userId: b, sequence },
              { scheduleId, userId: c, sequence },
            ],
            at(1),
          ),
        );
      }
      const fans = [a, b, c, d].map((userId) => ({ scheduleId, userId }));
      expect(await reads.spentSequences(fans)).toEqual(
        new Map([
          [`${scheduleId}:${a}`, 8],
          [`${scheduleId}:${b}`, 6],
          [`${scheduleId}:${c}`, 6],
        ]),
      );
    });

    test('a fan’s open admission is the newest that has not ended', async () => {
      const userId = newFan();
      const open = admission({ userId, sequence: 4 });
      await insert(
        admission({ userId, sequence: 2 }),
        open,
        admission({ userId, sequence: 6, endedAt: at(3), endReason: 'LEFT' }),
      );
      expect(await reads.openAdmissionOf({ scheduleId, userId })).toEqual(open);
      expect(await reads.openAdmissionOf({ scheduleId, userId: newFan() })).toBeNull();
    });

    test('what is old is pruned, so many at a time; what is open stays', async () => {
      const old = (year: number): Date => new Date(Date.UTC(year, 0, 1));
      const userId = newFan();
      const ended = [1, 2, 3].map((sequence) =>
        admission({ userId, sequence, endedAt: old(1990 + sequence), endReason: 'LEFT' }),
      );
      const open = admission({ userId, sequence: 4, endsAt: old(1990) });
      await insert(...ended, open);
      expect(await reads.pruneAdmissions(old(1993), 1)).toBe(1);
      expect(await reads.pruneAdmissions(old(1993), 10)).toBe(1);
      const left = await unitOfWork.run((tx) => tx.admissions.lockOfFans([{ scheduleId, userId }]));
      expect(left.map(({ sequence }) => sequence)).toEqual([3, 4]);
      await unitOfWork.run((tx) => tx.departures.record([{ scheduleId, userId, sequence: 9 }], old(1990)));
      expect(await reads.pruneDepartures(old(1991), 10)).toBe(1);
      await unitOfWork.run((tx) => tx.admissions.save([{ ...open, endedAt: at(1), endReason: 'EXPIRED' }]));
    });

    test('what fails leaves nothing behind', async () => {
      await insertRoom();
      const failed = unitOfWork.run(async (tx) => {
        await tx.rooms.raiseServing(scheduleId, 5);
        await tx.admissions.insert([admission()]);
        throw new Error('no');
      });
      await expect(failed).rejects.toThrow('no');
      expect(await lockRoom()).toMatchObject({ serving: 0 });
      expect(await reads.openAdmissions(scheduleId)).toEqual([]);
    });
  });
}
