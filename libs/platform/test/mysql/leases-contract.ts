import { expect, test } from 'vitest';
import type { LeaseStore } from '../../src/index.ts';

/** Leases under test; nobody has one when a test begins. */
export interface LeasesSubject {
  leases: LeaseStore;
  /** Lets so much of the database's time pass, in milliseconds. */
  pass(ms: number): Promise<unknown>;
}

/** What every LeaseStore must do. */
export function leasesContract(open: () => LeasesSubject): void {
  test('a lease has one holder, who may prolong it', async () => {
    const { leases, pass } = open();
    expect(await leases.tryAcquire('relay', 'a', 10_000)).toBe(true);
    expect(await leases.tryAcquire('relay', 'b', 10_000)).toBe(false);
    expect(await leases.tryAcquire('other', 'b', 10_000)).toBe(true);
    await pass(9_000);
    expect(await leases.tryAcquire('relay', 'a', 10_000)).toBe(true);
    await pass(9_000);
    expect(await leases.tryAcquire('relay', 'b', 10_000)).toBe(false);
  });

  test('a lease is free once it has ended, or was let go by its holder', async () => {
    const { leases, pass } = open();
    await leases.tryAcquire('relay', 'a', 10_000);
    await leases.release('relay', 'b');
    expect(await leases.tryAcquire('relay', 'b', 10_000)).toBe(false);
    await pass(10_000);
    expect(await leases.tryAcquire('relay', 'b', 10_000)).toBe(true);
    await leases.release('relay', 'b');
    expect(await leases.tryAcquire('relay', 'a', 10_000)).toBe(true);
  });

  test('of twenty who want a lease at once, one has it, again and again', async () => {
    const { leases, pass } = open();
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => leases.tryAcquire('race', `${round}-${i}`, 10_000)),
      );
      expect(answers.filter((held) => held)).toHaveLength(1);
      await pass(10_000);
    }
  });
}
