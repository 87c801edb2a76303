import { uuidv7Ids } from '@stagedoor/platform';
import { quietLogger } from '@stagedoor/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { takeRequests, takeResults } from '../../src/application/decide-batch.ts';
import { ExpirySweeper } from '../../src/application/expiry-sweeper.ts';
import type { ChargeResult, PaymentOrder } from '../../src/domain/payment.ts';
import { anOrder, aSuccess, later } from '../builders.ts';
import { MemoryDatabase } from '../memory/memory-database.ts';
import { memoryDueFinder } from '../memory/memory-upkeep.ts';
import { silentMetrics } from '../silent-metrics.ts';

const GRACE_MS = 2_000;
const RECOVERY_MS = 10_000;
const SECOND = 1_000;

/** The service with a Kafka of which only the end offsets and the commits are there, and a clock that is moved by hand. */
class World {
  readonly database = new MemoryDatabase();
  nowMs = 0;
  end = 0n;
  committed = 0n;
  kafkaUp = true;
  leads = true;
  possible: boolean | undefined;
  readonly clock = { now: () => later(this.nowMs), sleep: async () => {} };
  readonly deps = {
    clock: this.clock,
    ids: uuidv7Ids,
    metrics: { ...silentMetrics, sweeping: (possible: boolean) => this.note(possible) },
  };
  readonly sweeper = this.newSweeper();

  newSweeper(): ExpirySweeper {
    const offsets = (offset: bigint) => async () => {
      if (!this.kafkaUp) throw new Error('Kafka is away');
      return new Map([[0, offset]]);
    };
    return new ExpirySweeper({
      ...this.deps,
      unitOfWork: this.database,
      backlog: { ends: () => offsets(this.end)(), processed: () => offsets(this.committed)() },
      due: memoryDueFinder(this.database),
      leadership: { isLeader: async () => this.leads },
      logger: quietLogger,
      maxBatch: 3,
      graceMs: GRACE_MS,
      bounds: { maxGapMs: 5 * SECOND, recoveryGraceMs: RECOVERY_MS },
    });
  }

  note(possible: boolean): void {
    this.possible = possible;
  }

  request(...orders: PaymentOrder[]) {
    return this.database.run((tx) => takeRequests(orders, tx, this.deps));
  }

  /** The result was put on the topic before, and is read now. */
  async read(...results: ChargeResult[]) {
    await this.database.run((tx) => takeResults(results, tx, this.deps));
    this.committed += BigInt(results.length);
  }

  /** A second passes and the sweeper looks, until this moment. */
  async until(ms: number, sweeper = this.sweeper): Promise<number> {
    let taken = 0;
    while (this.nowMs < ms) {
      this.nowMs += SECOND;
      taken += await sweeper.sweep();
    }
    return taken;
  }

  outcome(id: string) {
    return this.database.tables.payments.get(id)?.decision?.outcome ?? 'PENDING';
  }
}

const DEADLINE = 300 * SECOND;

describe('the expiry sweeper', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });

  test('expires a payment without a result once its deadline and the grace have passed, with its refund', async () => {
    await world.request(anOrder('r1'));
    expect(await world.until(DEADLINE + GRACE_MS)).toBe(0);
    expect(await world.until(DEADLINE + GRACE_MS + SECOND)).toBe(1);
    expect(world.outcome('r1')).toBe('EXPIRED');
    expect(world.database.tables.outbox.map(({ topic }) => topic)).toEqual(['reservation-outcomes', 'refund-requests']);
    expect(world.possible).toBe(true);
  });

  test('expires many, in batches, and only those past their deadline', async () => {
    await world.request(
      ...Array.from({ length: 10 }, (_, index) => anOrder(`r${index}`)),
      anOrder('young', { deadline: later(2 * DEADLINE) }),
    );
    expect(await world.until(DEADLINE + 5 * SECOND)).toBe(10);
    expect(world.outcome('young')).toBe('PENDING');
  });

  test('waits while results are unread: this service was down longer than the deadline', async () => {
    await world.request(anOrder('paid'), anOrder('unpaid'));
    world.end = 1n;
    world.nowMs = 3 * DEADLINE;
    const restarted = world.newSweeper();
    expect(await world.until(world.nowMs + 60 * SECOND, restarted)).toBe(0);
    await world.read(aSuccess('paid'));
    await world.until(world.nowMs + 2 * SECOND, restarted);
    expect([world.outcome('paid'), world.outcome('unpaid')]).toEqual(['CONFIRMED', 'EXPIRED']);
  });

  test('reads the ends after the deadline, not before: what came in between counts', async () => {
    await world.request(anOrder('r1'));
    // Nobody is overdue, so these readings are of no use later.
    await world.until(DEADLINE - SECOND);
    world.end = 1n;
    await world.until(DEADLINE + 20 * SECOND);
    expect(world.outcome('r1')).toBe('PENDING');
    await world.read(aSuccess('r1'));
    await world.until(DEADLINE + 25 * SECOND);
    expect(world.outcome('r1')).toBe('CONFIRMED');
  });

  test('is not held up by results that never stop coming', async () => {
    await world.request(anOrder('r1'));
    while (world.nowMs < DEADLINE + 30 * SECOND) {
      world.end += 100n;
      await world.until(world.nowMs + SECOND);
      // Always some seconds behind.
      world.committed = world.end > 500n ? world.end - 500n : 0n;
    }
    expect(world.outcome('r1')).toBe('EXPIRED');
  });

  test('expires nothing while Kafka is away, nor right after: results wait in the outbox of payment-worker', async () => {
    await world.request(anOrder('r1'));
    await world.until(DEADLINE - 60 * SECOND);
    world.kafkaUp = false;
    await world.until(DEADLINE + 120 * SECOND);
    expect(world.possible).toBe(false);
    world.kafkaUp = true;
    // The ends are those from before the outage: nothing has arrived yet, and everything seems to be read.
    expect(await world.until(DEADLINE + 125 * SECOND)).toBe(0);
    world.end = 1n;
    await world.read(aSuccess('r1'));
    await world.until(DEADLINE + 180 * SECOND);
    expect(world.outcome('r1')).toBe('CONFIRMED');
  });

  test('an outage of seconds counts as one', async () => {
    await world.request(anOrder('r1'));
    await world.until(DEADLINE - 2 * SECOND);
    world.kafkaUp = false;
    await world.until(DEADLINE + SECOND);
    world.kafkaUp = true;
    expect(await world.until(DEADLINE + SECOND + RECOVERY_MS)).toBe(0);
    expect(await world.until(DEADLINE + 2 * SECOND + RECOVERY_MS)).toBe(1);
  });

  test('expires what stayed without a result after Kafka came back', async () => {
    await world.request(anOrder('r1'));
    await world.until(20 * SECOND);
    world.kafkaUp = false;
    await world.until(DEADLINE + 120 * SECOND);
    world.kafkaUp = true;
    await world.until(DEADLINE + 120 * SECOND + RECOVERY_MS + 2 * SECOND);
    expect(world.outcome('r1')).toBe('EXPIRED');
  });

  test('trusts nothing that it did not see: a process that stood still starts its watch anew', async () => {
    await world.request(anOrder('r1'));
    await world.until(DEADLINE - SECOND);
    world.nowMs += 100 * SECOND;
    expect(await world.sweeper.sweep()).toBe(0);
    expect(await world.until(world.nowMs + RECOVERY_MS - SECOND)).toBe(0);
    expect(await world.until(world.nowMs + 2 * SECOND)).toBe(1);
  });

  test('a reading taken before the process lost the lead is not used after it', async () => {
    await world.request(anOrder('r1'));
    world.end = 1n;
    await world.until(DEADLINE + 10 * SECOND);
    world.leads = false;
    await world.until(DEADLINE + 12 * SECOND);
    world.leads = true;
    world.committed = 1n;
    expect(await world.until(DEADLINE + 13 * SECOND)).toBe(0);
    await world.until(DEADLINE + 13 * SECOND + RECOVERY_MS + SECOND);
    expect(world.outcome('r1')).toBe('EXPIRED');
  });

  test('two sweepers at once expire once', async () => {
    await world.request(anOrder('r1'));
    await world.until(DEADLINE);
    const other = world.newSweeper();
    while (world.nowMs < DEADLINE + 30 * SECOND) {
      world.nowMs += SECOND;
      await Promise.all([world.sweeper.sweep(), other.sweep()]);
    }
    expect(world.database.tables.outbox.filter(({ topic }) => topic === 'refund-requests')).toHaveLength(1);
  });

  test('a result that comes between the look and the lock wins', async () => {
    await world.request(anOrder('r1'));
    await world.until(DEADLINE);
    const run = world.database.run.bind(world.database);
    let interfered = false;
    world.database.run = async (work) => {
      if (!interfered) {
        interfered = true;
        await run((tx) => takeResults([aSuccess('r1')], tx, world.deps));
      }
      return run(work);
    };
    await world.until(DEADLINE + 10 * SECOND);
    expect([interfered, world.outcome('r1')]).toEqual([true, 'CONFIRMED']);
  });
});
