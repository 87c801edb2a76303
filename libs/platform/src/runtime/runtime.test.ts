import { describe, expect, test } from 'vitest';
import { systemClock } from './clock.ts';
import { uuidv7Ids } from './ids.ts';
import { ManualClock } from './manual-clock.ts';
import { createMetrics } from './metrics.ts';

describe('the system clock', () => {
  test('sleeps about as long as it is told, and not when it is told to stop', async () => {
    const before = performance.now();
    await systemClock.sleep(30);
    expect(performance.now() - before).toBeGreaterThan(25);
    const stopping = new AbortController();
    const sleeping = systemClock.sleep(60_000, stopping.signal);
    stopping.abort();
    await sleeping;
    await systemClock.sleep(60_000, stopping.signal);
    await systemClock.sleep(-5);
  });

  test('a sleep longer than a timer can be does not end at once', async () => {
    const stopping = new AbortController();
    let woken = false;
    const sleeping = systemClock.sleep(2 ** 40, stopping.signal).then(() => {
      woken = true;
    });
    await systemClock.sleep(20);
    expect(woken).toBe(false);
    stopping.abort();
    await sleeping;
  });
});

test('ids are UUIDv7 and increase', () => {
  const ids = Array.from({ length: 10_000 }, () => uuidv7Ids.next());
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(ids).toEqual([...ids].sort());
  expect(new Set(ids).size).toBe(ids.length);
});

test('a manual clock wakes sleepers in the order of time, each having run before the next', async () => {
  const clock = new ManualClock(new Date(0));
  const log: string[] = [];
  const sleeper = async (name: string, ...pauses: number[]) => {
    for (const ms of pauses) {
      await clock.sleep(ms);
      log.push(`${name}@${clock.now().getTime()}`);
    }
  };
  const done = Promise.all([sleeper('a', 30, 10), sleeper('b', 10, 25), sleeper('c', 30)]);
  await clock.advance(34);
  expect(log).toEqual(['b@10', 'a@30', 'c@30']);
  expect(clock.nextWake).toEqual(new Date(35));
  await clock.advance(100);
  await done;
  expect(log.slice(3)).toEqual(['b@35', 'a@40']);
  expect(clock.now()).toEqual(new Date(134));
});

test('metrics of one name are one metric, and carry the app', async () => {
  const metrics = createMetrics('test');
  metrics.counter({ name: 'held_total', help: 'Holds', labels: ['result'] }).inc({ result: 'ok' });
  metrics.counter({ name: 'held_total', help: 'Holds', labels: ['result'] }).inc({ result: 'ok' });
  metrics.gauge({ name: 'waiting', help: 'Waiting', collect: (gauge) => gauge.set(7) });
  metrics.histogram({ name: 'batch_size', help: 'Batch', buckets: [1, 10] }).observe(5);
  const text = await metrics.registry.metrics();
  expect(text).toContain('held_total{result="ok",app="test"} 2');
  expect(text).toContain('waiting{app="test"} 7');
  expect(text).toContain('batch_size_bucket{le="10",app="test"} 1');
});
