import { ManualClock, TransientError, type UnitOfWork } from '@stagedoor/platform';
import { describe, expect, test } from 'vitest';
import type { SeatLocks, Tx } from '../../src/application/ports.ts';
import { ReservationCollision } from '../../src/application/ports.ts';
import { aPlan, at, HOLD_TTL_MS } from '../builders.ts';
import { MemoryDatabase } from '../memory/memory-database.ts';
import { box, eventsOf, memoryBox } from './box.ts';
import { expectSound } from './soundness.ts';

const kinds = (verdicts: { kind: string; reason?: string }[]) => verdicts.map(({ kind, reason }) => reason ?? kind);

describe('holding', () => {
  test('a seat whose hold has lapsed is free before any sweep: the old hold ends in the same transaction', async () => {
    const clock = new ManualClock(at(0));
    const { database, hold } = await memoryBox({ clock });
    await hold('a', 1);
    await clock.advance(HOLD_TTL_MS - 1);
    expect(kinds([await hold('b', 1)])).toEqual(['SEAT_TAKEN']);
    await clock.advance(1);
    expect(kinds([await hold('b', 1)])).toEqual(['applied']);
    expectSound(database.tables);
    expect(eventsOf(database.tables.outbox).map(({ type }) => type)).toEqual([
      'reservation.held',
      'reservation.expired',
      'reservation.held',
    ]);
    // The seat was taken before and is taken after: nothing to tell a seat map, but who has it has changed.
    expect(database.tables.seatMaps.get(1)).toMatchObject({ version: 2, claimed: 1 });
  });

  test("a fan's own lapsed holds do not count for the limit", async () => {
    const clock = new ManualClock(at(0));
    const { database, hold } = await memoryBox({ clock });
    const held = await Promise.all([1, 2, 3, 4, 5].map((seat) => hold('a', seat)));
    expect(kinds(held)).toEqual(['applied', 'applied', 'applied', 'applied', 'HOLD_LIMIT_REACHED']);
    await clock.advance(HOLD_TTL_MS);
    expect(kinds([await hold('a', 9)])).toEqual(['applied']);
    expectSound(database.tables);
    expect(database.tables.claims.size).toBe(1);
  });

  test('a repeated key is answered from its row, whatever became of it', async () => {
    const clock = new ManualClock(at(0));
    const { hold, cancel } = await memoryBox({ clock });
    const first = await hold('a', 1, 'key');
    if (first.kind !== 'applied') throw new Error(first.kind);
    expect(await hold('a', 1, 'key')).toEqual({ kind: 'held-before', reservation: first.reservation });
    expect(kinds([await hold('a', 2, 'key')])).toEqual(['IDEMPOTENCY_KEY_REUSED']);
    await cancel(first.reservation.id, 'a');
    expect((await hold('a', 1, 'key')).kind).toBe('held-before');
    expect(kinds([await hold('b', 1, 'key')])).toEqual(['applied']);
  });

  test('sales that end between the decision and the commit: it is decided again', async () => {
    const { database, hold, terms } = await memoryBox();
    await hold('a', 1);
    // The terms are in memory now; another replica closes the sale.
    await database.run(async (tx) => {
      const schedule = await tx.schedules.lock(1);
      const [map] = await tx.seatMaps.lock([1]);
      if (schedule === null || map === undefined) throw new Error('no show');
      await tx.schedules.save(1, { ...schedule, salesEndAt: at(-1) });
      await tx.seatMaps.save([{ ...map, termsRevision: map.termsRevision + 1 }]);
    });
    expect((await terms.get(1))?.salesEndAt).toBeNull();
    expect(kinds([await hold('b', 2)])).toEqual(['SALES_CLOSED']);
    expectSound(database.tables);
  });

  test('a lock that is taken turns away who has no key; who has one is answered from the rows', async () => {
    const taken: SeatLocks = { tryLock: async () => null };
    const { database, hold } = await memoryBox({ locks: taken });
    expect(kinds([await hold('a', 1)])).toEqual(['SEAT_TAKEN']);
    expect(database.tables.claims.size).toBe(0);
    expect(kinds([await hold('a', 1, 'key')])).toEqual(['applied']);
  });

  test('a lock is given back, whatever the verdict was', async () => {
    const open = new Set<number>();
    const locks: SeatLocks = {
      async tryLock({ seatNumber }) {
        open.add(seatNumber);
        return { release: async () => void open.delete(seatNumber) };
      },
    };
    const { hold } = await memoryBox({ locks });
    await Promise.all([hold('a', 1), hold('b', 1), hold('c', 2)]);
    expect([...open]).toEqual([]);
  });
});

/** A unit of work whose commits, or attempts, go wrong as told. */
class FaultyUnitOfWork implements UnitOfWork<Tx> {
  readonly #database: MemoryDatabase;
  readonly faults: ('answer of the commit lost' | 'collision' | null)[];

  constructor(database: MemoryDatabase, faults: FaultyUnitOfWork['faults']) {
    this.#database = database;
    this.faults = faults;
  }

  async run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const fault = this.faults.shift() ?? null;
    const result = await this.#database.run(async (tx) => {
      const worked = await work(tx);
      if (fault === 'collision') throw new ReservationCollision('another was faster');
      return worked;
    });
    if (fault !== null) throw new TransientError('the outcome of COMMIT is not known');
    return result;
  }
}

async function faultyBox(...faults: FaultyUnitOfWork['faults']) {
  const database = new MemoryDatabase();
  await database.run((tx) => tx.schedules.insertConcert(aPlan()));
  const clock = { now: () => at(0), sleep: async () => {} };
  return { database, ...box({ unitOfWork: new FaultyUnitOfWork(database, faults), schedules: database, clock }) };
}

describe('a commit of which nobody knows', () => {
  test('of holds: the next attempt recognises its own rows as its success', async () => {
    const { database, hold } = await faultyBox('answer of the commit lost', 'answer of the commit lost');
    const verdicts = await Promise.all([hold('a', 1), hold('a', 2), hold('b', 1)]);
    expect(kinds(verdicts)).toEqual(['held-before', 'held-before', 'SEAT_TAKEN']);
    expect(database.tables.reservations.size).toBe(2);
    expectSound(database.tables);
  });

  test('of a payment and a cancellation: the next attempt finds it done', async () => {
    const { database, hold, pay, cancel } = await faultyBox(
      null,
      null,
      'answer of the commit lost',
      'answer of the commit lost',
    );
    const held = [await hold('a', 1), await hold('a', 2)].flatMap((each) => (each.kind === 'applied' ? [each] : []));
    const [first, second] = held.map(({ reservation }) => reservation.id) as [string, string];
    expect(await pay(first, 'a', 'key')).toMatchObject({
      kind: 'accepted',
      reservation: { status: 'PAYMENT_PENDING' },
    });
    expect(await cancel(second, 'a')).toMatchObject({ kind: 'cancelled', reservation: { status: 'EXPIRED' } });
    expectSound(database.tables);
  });

  test('that goes on for too long is told as such', async () => {
    const { hold } = await faultyBox(...Array(20).fill('answer of the commit lost'));
    await expect(hold('a', 1)).rejects.toThrow(TransientError);
  });
});

test('a collision with another replica is decided again, and not for ever', async () => {
  const { database, hold } = await faultyBox('collision', 'collision');
  expect(kinds([await hold('a', 1)])).toEqual(['applied']);
  expectSound(database.tables);
  const endless = await faultyBox(...Array(100).fill('collision'));
  await expect(endless.hold('a', 1)).rejects.toThrow(TransientError);
});
