import { uuidv7Ids } from '@stagedoor/platform';
import { eventually } from '@stagedoor/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import type {
  CallAnswer,
  Called,
  LineSettings,
  Preparation,
  Slot,
  WaitingLine,
} from '../src/application/waiting-line.ts';
import { newSchedule } from './harness.ts';

/** An implementation of the line, two replicas of it on one store. */
export interface LineUnderTest {
  line: WaitingLine;
  other: WaitingLine;
  /** Forgets a room, as a server that lost its data. */
  lose(scheduleId: number): Promise<void>;
}

const MINUTE_MS = 60_000;
const TTL_MS = 600_000;

/** What every waiting line has to keep to. */
export function waitingLineSuite(name: string, open: () => LineUnderTest): void {
  describe(name, () => {
    let line: WaitingLine;
    let other: WaitingLine;
    let lose: LineUnderTest['lose'];
    let schedule: number;

    beforeEach(() => {
      ({ line, other, lose } = open());
      schedule = newSchedule();
    });

    const settings = (given: Partial<LineSettings> = {}): LineSettings => ({
      mode: 'queue',
      ratePerSecond: 1_000,
      maxInside: 1_000,
      opensAt: new Date(Date.now() - MINUTE_MS),
      closesAt: null,
      version: 1,
      ...given,
    });
    const prepare = (given: Partial<LineSettings> = {}, more: Partial<Preparation> = {}): Promise<void> =>
      line.prepare(schedule, {
        settings: settings(given),
        numbers: { low: 0, high: 1_000 },
        serving: 0,
        inside: [],
        recoverMs: 0,
        ...more,
      });
    const ids = (count: number): string[] => Array.from({ length: count }, () => uuidv7Ids.next());
    const called = (answer: CallAnswer): Called[] => {
      if (answer.kind !== 'CALLED') throw new Error(answer.kind);
      return answer.called;
    };
    const joinAll = (fans: string[]) => Promise.all(fans.map((fan) => line.join(schedule, fan)));
    const fans = (count: number): string[] => Array.from({ length: count }, (_, index) => `fan ${index}:{x}`);
    const letIn = async (count: number): Promise<Called[]> => {
      const now = called(await line.call(schedule, ids(count), TTL_MS));
      const last = Math.max(...now.map(({ sequence }) => sequence));
      await line.settle(schedule, last, now, []);
      return now;
    };
    const slot = (given: Partial<Slot> = {}): Slot => ({
      admissionId: uuidv7Ids.next(),
      userId: 'fan',
      sequence: 1,
      admittedAt: new Date(Date.now() - 1_000),
      endsAt: new Date(Math.ceil(Date.now() / 1000) * 1000 + TTL_MS),
      kept: false,
      ...given,
    });

    test('a room that was not prepared is said to be so, by every step', async () => {
      expect(await line.join(schedule, 'fan')).toEqual({ kind: 'NOT_PREPARED' });
      expect(await line.find(schedule, 'fan')).toEqual({ kind: 'NOT_PREPARED' });
      expect(await line.restore(schedule, 'fan', 1)).toEqual({ kind: 'NOT_PREPARED' });
      expect(await line.leave(schedule, 'fan')).toEqual({ kind: 'NOT_PREPARED' });
      expect(await line.call(schedule, ids(1), TTL_MS)).toEqual({ kind: 'NOT_PREPARED' });
      expect(await line.counts(schedule)).toBeNull();
      await line.configure(schedule, settings());
      expect(await line.counts(schedule)).toBeNull();
    });

    test('many who join at once, twice each, through two replicas, get dense places, one each', async () => {
      await prepare();
      const answers = await Promise.all(
        fans(200).flatMap((fan) => [line.join(schedule, fan), other.join(schedule, fan)]),
      );
      const places = answers.filter((answer) => answer.kind === 'WAITING');
      expect(places.filter(({ isNew }) => isNew)).toHaveLength(200);
      const sequences = new Set(places.map(({ sequence }) => sequence));
      expect([...sequences].sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
      expect(await line.counts(schedule)).toEqual({ waiting: 200, inside: 0, serving: 0 });
    });

    test('no number is given out beyond the block, and the next block follows on', async () => {
      await prepare({}, { numbers: { low: 0, high: 2 } });
      const answers = await joinAll(['a', 'b', 'c']);
      expect(answers.map(({ kind }) => kind)).toEqual(['WAITING', 'WAITING', 'OUT_OF_NUMBERS']);
      await line.giveNumbers(schedule, { low: 2, high: 4 });
      expect(await line.join(schedule, 'c')).toMatchObject({ sequence: 3, isNew: true, numbersLeft: 1 });
      await line.giveNumbers(schedule, { low: 2, high: 4 });
      expect(await line.join(schedule, 'd')).toMatchObject({ sequence: 4, numbersLeft: 0 });
    });

    test('a block that does not follow the present one skips what is left of that', async () => {
      await prepare({}, { numbers: { low: 0, high: 10 } });
      await line.join(schedule, 'a');
      await line.giveNumbers(schedule, { low: 50, high: 60 });
      expect(await line.join(schedule, 'b')).toMatchObject({ sequence: 51, numbersLeft: 9 });
    });

    test('one of those who ask fetches', async () => {
      const claims = await Promise.all(Array.from({ length: 20 }, () => line.claimFetch(schedule, 60_000)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      await line.giveNumbers(schedule, { low: 0, high: 1 });
      expect(await other.claimFetch(schedule, 20)).toBe(true);
      await eventually(async () => expect(await line.claimFetch(schedule, 60_000)).toBe(true), 5_000);
    });

    test('the first are called first, under the ids given, and stay called until they are settled', async () => {
      await prepare();
      await joinAll(['a', 'b', 'c']);
      const [first, second] = ids(2);
      const answer = await line.call(schedule, [first as string, second as string], TTL_MS);
      expect(answer).toMatchObject({ kind: 'CALLED', head: 3, waiting: 1, serving: 0, lostThrough: 0, version: 1 });
      expect(called(answer)).toMatchObject([
        { userId: 'a', sequence: 1, admissionId: first },
        { userId: 'b', sequence: 2, admissionId: second },
      ]);
      const [{ admittedAt, endsAt }] = called(answer) as [Called];
      expect(endsAt.getTime() % 1000).toBe(0);
      expect(endsAt.getTime() - admittedAt.getTime()).toBeGreaterThanOrEqual(TTL_MS);
      expect(endsAt.getTime() - admittedAt.getTime()).toBeLessThan(TTL_MS + 1_000);

      const again = called(await other.call(schedule, ids(5), TTL_MS));
      expect(again.map(({ userId }) => userId).sort()).toEqual(['a', 'b', 'c']);
      expect(again.find(({ userId }) => userId === 'a')).toEqual(called(answer)[0]);
      expect(await line.find(schedule, 'a')).toMatchObject({ kind: 'WAITING', sequence: 1 });
      expect(await line.join(schedule, 'a')).toMatchObject({ kind: 'WAITING', sequence: 1, isNew: false });
      expect(await line.leave(schedule, 'a')).toEqual({ kind: 'BEING_ADMITTED' });
    });

    test('those who are settled are inside, each told once; the serving number only rises', async () => {
      await prepare();
      await joinAll(['a', 'b']);
      const both = called(await line.call(schedule, ids(2), TTL_MS));
      const settled = await Promise.all([line.settle(schedule, 2, both, []), other.settle(schedule, 2, both, [])]);
      expect(settled.flat().sort()).toEqual(both.map(({ admissionId }) => admissionId).sort());
      expect(await line.counts(schedule)).toEqual({ waiting: 0, inside: 2, serving: 2 });
      const [a] = both as [Called, Called];
      const admission = { id: a.admissionId, sequence: 1, admittedAt: a.admittedAt, endsAt: a.endsAt };
      expect(await line.find(schedule, 'a')).toEqual({ kind: 'ADMITTED', admission });
      expect(await line.join(schedule, 'a')).toEqual({ kind: 'ADMITTED', admission });
      expect(await line.leave(schedule, 'a')).toEqual({ kind: 'ADMITTED', admission });
      await line.settle(schedule, 1, [], []);
      expect(await line.counts(schedule)).toMatchObject({ serving: 2 });
    });

    test('those who are spent are neither called nor inside any more', async () => {
      await prepare();
      await line.join(schedule, 'a');
      const spent = called(await line.call(schedule, ids(1), TTL_MS));
      expect(await line.settle(schedule, 1, [], spent)).toEqual([]);
      expect(await line.find(schedule, 'a')).toEqual({ kind: 'ABSENT' });
      expect(await line.counts(schedule)).toEqual({ waiting: 0, inside: 0, serving: 1 });
    });

    test('a leader that stalled after a call changes nothing when it wakes', async () => {
      await prepare();
      await line.join(schedule, 'a');
      const stalled = called(await line.call(schedule, ids(1), TTL_MS));
      await other.settle(schedule, 1, stalled, []);
      await other.release(schedule, [{ admissionId: (stalled[0] as Called).admissionId, userId: 'a' }]);
      await line.join(schedule, 'a');
      expect(await line.settle(schedule, 1, stalled, [])).toEqual([]);
      expect(await line.find(schedule, 'a')).toMatchObject({ kind: 'WAITING', sequence: 2 });
    });

    test('two leaders at once let in no more than the cap', async () => {
      await prepare({ maxInside: 7, ratePerSecond: 100_000 });
      await joinAll(fans(50));
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => (index % 2 ? line : other).call(schedule, ids(10), TTL_MS)),
      );
      const all = new Set(answers.flatMap(called).map(({ admissionId }) => admissionId));
      expect(all.size).toBe(7);
      expect(await line.counts(schedule)).toMatchObject({ waiting: 43, inside: 7 });
    });

    test('two leaders at once let in no faster than the rate', async () => {
      await prepare({ ratePerSecond: 100 });
      await joinAll(fans(300));
      const startedMs = performance.now();
      let count = 0;
      await eventually(async () => {
        const [a, b] = await Promise.all([
          line.call(schedule, ids(300), TTL_MS),
          other.call(schedule, ids(300), TTL_MS),
        ]);
        count = new Set([...called(a), ...called(b)].map(({ admissionId }) => admissionId)).size;
        expect(performance.now() - startedMs).toBeGreaterThan(1_000);
      }, 5_000);
      const seconds = (performance.now() - startedMs) / 1000;
      // Half a second's worth may have been saved up.
      expect(count).toBeLessThanOrEqual(50 + 100 * seconds + 1);
      expect(count).toBeGreaterThanOrEqual(100);
    });

    test('a rate below one in two seconds is not forgotten between the turns', async () => {
      await prepare({ ratePerSecond: 1 });
      await joinAll(['a', 'b']);
      expect(called(await line.call(schedule, ids(2), TTL_MS))).toHaveLength(1);
      expect(called(await line.call(schedule, ids(2), TTL_MS))).toHaveLength(1);
      await eventually(async () => expect(called(await line.call(schedule, ids(2), TTL_MS))).toHaveLength(2), 5_000);
    });

    test('nobody is called while the room is paused or closed, before it opens, after it closes, or while it recovers', async () => {
      const minute = (from: number): Date => new Date(Date.now() + from * MINUTE_MS);
      await prepare({ mode: 'paused' });
      await line.join(schedule, 'a');
      const turn = async () => called(await line.call(schedule, ids(1), TTL_MS)).length;
      expect(await turn()).toBe(0);
      for (const [version, given] of [
        { mode: 'closed' } as const,
        { opensAt: minute(1) },
        { closesAt: minute(-1) },
        { maxInside: 0 },
      ].entries()) {
        await line.configure(schedule, settings({ ...given, version: version + 2 }));
        expect(await turn()).toBe(0);
      }
      await line.configure(schedule, settings({ version: 9 }));
      expect(await turn()).toBe(1);
    });

    test('while it recovers nobody is called', async () => {
      await prepare({}, { recoverMs: 300 });
      await line.join(schedule, 'a');
      expect(await line.call(schedule, ids(1), TTL_MS)).toMatchObject({ called: [], waiting: 1 });
      await eventually(async () => expect(called(await line.call(schedule, ids(1), TTL_MS))).toHaveLength(1), 5_000);
    });

    test('an open room lets everybody in at once, whatever rate and cap', async () => {
      await prepare({ mode: 'open', ratePerSecond: 1, maxInside: 1 });
      await joinAll(fans(40));
      expect(called(await line.call(schedule, ids(100), TTL_MS))).toHaveLength(40);
    });

    test('older settings never replace newer ones', async () => {
      await prepare({ mode: 'paused', version: 5 });
      await line.configure(schedule, settings({ version: 4 }));
      expect(await line.call(schedule, ids(1), TTL_MS)).toMatchObject({ version: 5 });
    });

    test('leaving frees the place; joining again begins at the end', async () => {
      await prepare();
      await joinAll(['a', 'b']);
      expect(await line.leave(schedule, 'a')).toEqual({ kind: 'LEFT', sequence: 1 });
      expect(await line.leave(schedule, 'a')).toEqual({ kind: 'ABSENT' });
      expect(await line.find(schedule, 'a')).toEqual({ kind: 'ABSENT' });
      expect(await line.join(schedule, 'a')).toMatchObject({ sequence: 3, isNew: true });
    });

    test('a slot is free once its admission is released, or past its end unless it is kept', async () => {
      await prepare({ maxInside: 2 });
      await joinAll(['a', 'b', 'c', 'd']);
      const [a] = (await letIn(4)) as [Called, Called];
      expect(await line.counts(schedule)).toMatchObject({ waiting: 2, inside: 2 });
      await line.release(schedule, [a]);
      expect(await line.find(schedule, 'a')).toEqual({ kind: 'ABSENT' });
      expect(await line.counts(schedule)).toMatchObject({ waiting: 2, inside: 1 });
      const past = { admittedAt: new Date(Date.now() - 9_000), endsAt: new Date(Date.now() - 1_000) };
      await line.occupy(schedule, [slot({ ...past, userId: 'x' }), slot({ ...past, userId: 'y', kept: true })]);
      expect(await line.counts(schedule)).toMatchObject({ inside: 2 });
      expect(await line.find(schedule, 'y')).toEqual({ kind: 'ABSENT' });
    });

    test('a slot that is kept outlives its end; one that was released is not revived by that', async () => {
      await prepare();
      await joinAll(['a', 'b']);
      const [a, b] = called(await line.call(schedule, ids(2), 1)) as [Called, Called];
      await line.settle(schedule, 2, [a, b], []);
      await line.keep(schedule, [a, { admissionId: uuidv7Ids.next(), userId: 'stranger' }]);
      await eventually(async () => expect(await line.counts(schedule)).toMatchObject({ inside: 1 }), 5_000);
      expect((await line.inside(schedule)).find(({ userId }) => userId === 'a')).toMatchObject({ kept: true });
      // The admission is over, though the slot is taken: the fan may join again, at the end.
      expect(await line.join(schedule, 'a')).toMatchObject({ kind: 'WAITING', sequence: 3, isNew: true });
      await line.release(schedule, [a]);
      expect(await line.find(schedule, 'a')).toMatchObject({ kind: 'WAITING', sequence: 3 });
    });

    test('a lost room is prepared with its open admissions; places are given back, and new ones come behind', async () => {
      await prepare({}, { numbers: { low: 0, high: 10 } });
      await joinAll(['a', 'b', 'c']);
      const [inside] = (await letIn(1)) as [Called];
      await lose(schedule);
      expect(await line.join(schedule, 'b')).toEqual({ kind: 'NOT_PREPARED' });
      await prepare({}, { numbers: { low: 10, high: 20 }, serving: 1, inside: [slot({ ...inside, kept: true })] });
      // Another replica that was at it, too, changes nothing.
      await prepare({}, { numbers: { low: 20, high: 30 }, serving: 1 });
      expect(await line.find(schedule, 'a')).toMatchObject({ kind: 'ADMITTED', admission: { id: inside.admissionId } });
      expect(await line.inside(schedule)).toEqual([{ admissionId: inside.admissionId, userId: 'a', kept: true }]);
      expect(await line.find(schedule, 'c')).toEqual({ kind: 'ABSENT' });
      expect(await line.join(schedule, 'd')).toMatchObject({ sequence: 11, serving: 1 });
      expect(await line.restore(schedule, 'c', 3)).toEqual({ kind: 'WAITING', sequence: 3, serving: 1 });
      expect(await line.restore(schedule, 'c', 7)).toMatchObject({ sequence: 3 });
      expect(await line.restore(schedule, 'd', 2)).toMatchObject({ sequence: 2 });
      expect(await line.restore(schedule, 'a', 1)).toMatchObject({ kind: 'ADMITTED' });
      expect(called(await line.call(schedule, ids(9), TTL_MS)).map(({ sequence }) => sequence)).toEqual([2, 3]);
    });

    test('a place shown while a later one of the same fan is being called is kept beside it', async () => {
      await prepare();
      await joinAll(['a', 'b', 'c']);
      await line.leave(schedule, 'a');
      const late = called(await line.call(schedule, ids(2), TTL_MS)).find(({ userId }) => userId === 'c') as Called;
      // As after a loss: the fan's join without a ticket overtook the one with it.
      expect(await line.restore(schedule, 'c', 1)).toMatchObject({ kind: 'WAITING', sequence: 1 });
      expect(await line.restore(schedule, 'c', 9)).toMatchObject({ kind: 'WAITING', sequence: late.sequence });
      expect(await line.counts(schedule)).toMatchObject({ waiting: 0 });
      expect(await line.settle(schedule, 3, [late], [])).toEqual([late.admissionId]);
      expect(await line.restore(schedule, 'c', 1)).toMatchObject({ kind: 'ADMITTED', admission: { sequence: 3 } });
    });

    test('who is put inside leaves the line, unless the place there is a newer one or is being called', async () => {
      await prepare();
      await joinAll(['a', 'b', 'c']);
      const [a] = called(await line.call(schedule, ids(1), TTL_MS)) as [Called];
      await line.occupy(schedule, [
        slot({ ...a }),
        slot({ userId: 'b', sequence: 2 }),
        slot({ userId: 'c', sequence: 2 }),
      ]);
      expect(await line.find(schedule, 'a')).toMatchObject({ kind: 'WAITING' });
      expect(await line.settle(schedule, 1, [a], [])).toEqual([a.admissionId]);
      expect(await line.find(schedule, 'b')).toMatchObject({ kind: 'ADMITTED' });
      expect(await line.find(schedule, 'c')).toMatchObject({ kind: 'ADMITTED' });
      expect(await line.counts(schedule)).toMatchObject({ waiting: 1, inside: 3 });
    });
  });
}
