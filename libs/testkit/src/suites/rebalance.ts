import { consumerGroups } from '@stagedoor/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import type { AppName } from '../infrastructure/test-database.ts';
import type { TestGroup } from '../infrastructure/test-group.ts';
import type { AppProcess } from '../processes/app-process.ts';
import { type ProcessStage, processStage } from '../processes/process-stage.ts';

/** What an app has to do while its group changes: a number of messages, each with one effect in the database. */
export interface Workload {
  app: AppName;
  /** Topics that the app reads. */
  reads: readonly { name: string }[];
  /** Topics that it writes, for `expectOnce`. */
  writes: readonly { name: string }[];
  /** Over the environment: small batches, so that there is a middle. */
  env?: Record<string, string>;
  /** Makes what `count` messages are about; the app serves at `url`. */
  prepare(stage: ProcessStage, url: string, count: number): Promise<void>;
  /** Sends messages from..to-1. */
  feed(stage: ProcessStage, from: number, to: number): Promise<void>;
  /** How many messages have had their effect. */
  effects(stage: ProcessStage): Promise<number>;
  /** A statement that locks a row which the effect of this message needs. */
  lock(n: number): { sql: string; params: unknown[] };
  /** Each of `count` messages has had its effect once, and was told once, or more than once and always alike. */
  expectOnce(stage: ProcessStage, count: number): Promise<void>;
}

const FLOWING = 400;
const HELD = FLOWING;
const COUNT = FLOWING + 20;
// A member that is gone without a word is waited for until its session ends (10 s), on a machine that others use, too.
const PATIENCE_MS = 90_000;
const TIMEOUT = { timeout: 240_000 };

/** What a change of an app's group must not change, with real processes. */
export function rebalanceSuite(workload: Workload): void {
  const { app } = workload;
  let stage: ProcessStage;
  let group: TestGroup;
  const start = async (): Promise<AppProcess> => {
    const started = stage.start(workload.env);
    await started.listening();
    return started;
  };
  const effectsReach = (count: number) =>
    eventually(async () => expect(await workload.effects(stage)).toBeGreaterThanOrEqual(count), PATIENCE_MS);
  const everythingIsCommitted = () =>
    eventually(async () => expect(await group.behind(workload.reads.map(({ name }) => name))).toEqual([]), PATIENCE_MS);

  beforeAll(async () => {
    stage = await processStage(app, workload.writes);
    group = await stage.group(consumerGroups[app]);
  }, 60_000);
  afterAll(() => stage.strike(), 60_000);

  describe('rebalance', TIMEOUT, () => {
    let last: AppProcess;

    test('members join, leave and are killed while messages flow: each message has one effect, offsets have no gap', async () => {
      const first = stage.start(workload.env);
      await workload.prepare(stage, await first.listening(), COUNT);
      await workload.feed(stage, 0, 100);
      await effectsReach(10);
      const second = await start();
      await eventually(async () => expect(await group.members()).toBe(2), PATIENCE_MS);
      await workload.feed(stage, 100, 200);
      await first.kill();
      await workload.feed(stage, 200, 300);
      last = await start();
      await effectsReach(250);
      const leaving = second.stop();
      await workload.feed(stage, 300, FLOWING);
      await leaving;
      await effectsReach(FLOWING);
      await everythingIsCommitted();
      await workload.expectOnce(stage, FLOWING);
    });

    test('a member is stopped past its session while it holds a batch and row locks: another one takes over, and what it does on waking is in vain', async () => {
      const stopped = last;
      const lock = workload.lock(HELD);
      const outsider = await stage.pool.getConnection();
      await outsider.query('START TRANSACTION');
      await outsider.query(lock.sql, lock.params);
      await workload.feed(stage, HELD, HELD + 1);
      await eventually(async () => expect(await stage.waitingForLocks()).toBeGreaterThan(0), PATIENCE_MS);
      stopped.signal('SIGSTOP');
      // From here on the stopped process has the lock, and nobody who would commit or roll back.
      await outsider.query('ROLLBACK');
      await outsider.release();

      const other = await start();
      await workload.feed(stage, HELD + 1, COUNT);
      await effectsReach(COUNT);
      await everythingIsCommitted();
      stopped.signal('SIGCONT');
      await eventually(async () => expect(await group.members(), stopped.log).toBe(2), PATIENCE_MS);
      await everythingIsCommitted();
      await workload.expectOnce(stage, COUNT);
      await stopped.stop();
      await other.stop();
    });
  });
}
