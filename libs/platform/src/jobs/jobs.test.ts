import { afterEach, describe, expect, test, vi } from 'vitest';
import { createLogger } from '../runtime/logger.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { Leadership, type LeaseStore } from './leadership.ts';
import { PeriodicJob } from './periodic-job.ts';

const SECOND_MS = 1000;

describe('a periodic job', () => {
  const jobs: PeriodicJob[] = [];
  afterEach(() => Promise.all(jobs.splice(0).map((job) => job.stop())));

  function start(run: (signal: AbortSignal) => Promise<void>) {
    const clock = new ManualClock();
    const lines: string[] = [];
    const logger = createLogger({
      name: 'test',
      level: 'info',
      pretty: false,
      destination: { write: (line) => void lines.push(line) },
    });
    const job = new PeriodicJob({ name: 'sweep', intervalMs: SECOND_MS, clock, logger, run });
    jobs.push(job);
    job.start();
    return { clock, job, lines };
  }

  test('runs at once and after each interval', async () => {
    const run = vi.fn(async () => {});
    const { clock } = start(run);
    await clock.advance(0);
    expect(run).toHaveBeenCalledTimes(1);
    await clock.advance(SECOND_MS - 1);
    expect(run).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    expect(run).toHaveBeenCalledTimes(2);
    await clock.advance(10 * SECOND_MS);
    expect(run).toHaveBeenCalledTimes(12);
  });

  test('never overlaps; a nudge in the middle of a run means one more right after it', async () => {
    const runs: PromiseWithResolvers<void>[] = [];
    const { clock, job } = start(() => {
      const gate = Promise.withResolvers<void>();
      runs.push(gate);
      return gate.promise;
    });
    await clock.advance(5 * SECOND_MS);
    job.nudge();
    job.nudge();
    expect(runs).toHaveLength(1);
    runs[0]?.resolve();
    await clock.advance(0);
    expect(runs).toHaveLength(2);
    runs[1]?.resolve();
    await clock.advance(0);
    expect(runs).toHaveLength(2);
    job.nudge();
    await clock.advance(0);
    expect(runs).toHaveLength(3);
    runs[2]?.resolve();
  });

  test('survives errors with a growing, bounded pause that nudges do not cut short', async () => {
    let runs = 0;
    const { clock, job, lines } = start(async () => {
      runs++;
      throw new Error('no');
    });
    await clock.advance(0);
    for (const pauseMs of [1, 2, 4, 8, 16, 30, 30].map((s) => s * SECOND_MS)) {
      const before = runs;
      job.nudge();
      await clock.advance(pauseMs - 1);
      expect(runs).toBe(before);
      await clock.advance(1);
      expect(runs).toBe(before + 1);
    }
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ job: 'sweep', failures: 1, err: { message: 'no' } });
  });

  test('stop waits for the run in progress, tells it, and nothing runs after', async () => {
    const gate = Promise.withResolvers<void>();
    let told: AbortSignal | undefined;
    const run = vi.fn((signal: AbortSignal) => {
      told = signal;
      return gate.promise;
    });
    const { clock, job } = start(run);
    await clock.advance(0);
    let stopped = false;
    const stopping = job.stop().then(() => {
      stopped = true;
    });
    await clock.advance(0);
    expect(told?.aborted).toBe(true);
    expect(stopped).toBe(false);
    gate.resolve();
    await stopping;
    job.nudge();
    await clock.advance(60 * SECOND_MS);
    expect(run).toHaveBeenCalledTimes(1);
  });

  test('can be stopped while it pauses, and started again', async () => {
    const run = vi.fn(async () => {});
    const { clock, job } = start(run);
    await clock.advance(0);
    await job.stop();
    expect(clock.nextWake).toBeUndefined();
    job.start();
    await clock.advance(0);
    expect(run).toHaveBeenCalledTimes(2);
  });
});

/** A lease store in memory, judging by a clock of its own. */
class MemoryLeases implements LeaseStore {
  readonly clock = new ManualClock();
  readonly #leases = new Map<string, { holder: string; untilMs: number }>();
  asked = 0;
  failing = false;

  async tryAcquire(name: string, holder: string, ttlMs: number): Promise<boolean> {
    this.asked++;
    if (this.failing) throw new Error('the store is away');
    const nowMs = this.clock.now().getTime();
    const lease = this.#leases.get(name);
    if (lease !== undefined && lease.holder !== holder && lease.untilMs > nowMs) return false;
    this.#leases.set(name, { holder, untilMs: nowMs + ttlMs });
    return true;
  }

  async release(name: string, holder: string): Promise<void> {
    if (this.#leases.get(name)?.holder === holder) this.#leases.delete(name);
  }
}

describe('leadership', () => {
  const TTL_MS = 9_000;
  function two() {
    const store = new MemoryLeases();
    const leader = (holder: string) => new Leadership(store, 'relay', holder, TTL_MS, store.clock);
    return { store, a: leader('a'), b: leader('b') };
  }

  test('has one holder, who answers from memory until a third is left', async () => {
    const { store, a, b } = two();
    expect(await a.isLeader()).toBe(true);
    expect(await b.isLeader()).toBe(false);
    expect(store.asked).toBe(2);
    await store.clock.advance(5_999);
    expect(await a.isLeader()).toBe(true);
    expect(store.asked).toBe(2);
    await store.clock.advance(1);
    expect(await a.isLeader()).toBe(true);
    expect(store.asked).toBe(3);
    await store.clock.advance(8_000);
    expect(await b.isLeader()).toBe(false);
  });

  test('passes on when the holder is gone for its time, or lets go', async () => {
    const { store, a, b } = two();
    await a.isLeader();
    await store.clock.advance(TTL_MS);
    expect(await b.isLeader()).toBe(true);
    expect(await a.isLeader()).toBe(false);
    await b.release();
    expect(await a.isLeader()).toBe(true);
  });

  test('lasts to its end while the store is away, and no longer', async () => {
    const { store, a } = two();
    await a.isLeader();
    store.failing = true;
    await store.clock.advance(8_999);
    expect(await a.isLeader()).toBe(true);
    await store.clock.advance(1);
    await expect(a.isLeader()).rejects.toThrow('away');
    store.failing = false;
    expect(await a.isLeader()).toBe(true);
  });

  test('is not stretched by a clock that is set back', async () => {
    const { store, a } = two();
    const ours = new ManualClock();
    const drifting = new Leadership(store, 'relay', 'c', TTL_MS, ours);
    expect(await drifting.isLeader()).toBe(true);
    await store.clock.advance(TTL_MS);
    expect(await a.isLeader()).toBe(true);
    ours.set(new Date(ours.now().getTime() - 3_600_000));
    expect(await drifting.isLeader()).toBe(false);
  });

  test('questions at the same moment share one look at the store', async () => {
    const { store, a } = two();
    expect(await Promise.all([a.isLeader(), a.isLeader(), a.isLeader()])).toEqual([true, true, true]);
    expect(store.asked).toBe(1);
  });
});
