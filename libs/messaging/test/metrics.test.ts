import { PermanentError } from '@stagedoor/platform';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { subscription } from '../src/consumer/subscription.ts';
import { testMetrics } from '../src/testing/fixtures.ts';
import { eventually, expectAllCommitted, runnerOn, sendNumbers } from './flow.ts';
import { type RealCluster, realCluster } from './real-cluster.ts';

let cluster: RealCluster;
beforeEach(() => {
  cluster = realCluster();
});
afterEach(() => cluster.drop());

test('lag, messages in hand, results, ages and dead letters are there to be scraped', async () => {
  const topic = await cluster.topic('measured', 1);
  const metrics = testMetrics();
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const runner = runnerOn(
    cluster.another(),
    [
      subscription(topic, {
        deadLetters: true,
        process: async ({ value: { n } }) => {
          if (n === 5) await held;
          if (n === 6) throw new PermanentError('SIX', 'no');
        },
      }),
    ],
    { metrics },
  );
  await runner.start();
  await sendNumbers(cluster.client, topic.name, 0, 10);
  const scraped = async () => {
    const text = await metrics.registry.metrics();
    return (name: string, ...labels: string[]) => {
      const line = text
        .split('\n')
        .find((each) => each.startsWith(`${name}{`) && labels.every((label) => each.includes(label)));
      return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
    };
  };
  await eventually(async () => {
    const value = await scraped();
    const place = ['messaging_consumer_group_name="g"', 'messaging_destination_name="measured"'];
    expect(value('messaging_consumer_lag_messages', ...place)).toBe(5);
    expect(value('messaging_consumer_in_flight_messages', ...place)).toBe(1);
    expect(value('messaging_consumer_paused', ...place)).toBe(0);
    expect(value('messaging_process_messages_total', ...place, 'result="processed"')).toBe(8);
    expect(value('messaging_process_messages_total', ...place, 'result="dead_lettered"')).toBe(1);
    expect(value('messaging_dead_letters_total', 'error_type="SIX"')).toBe(1);
    expect(value('messaging_message_age_seconds_count', ...place)).toBe(9);
    expect(value('messaging_receive_batch_messages_sum', ...place)).toBe(10);
  });
  release();
  await eventually(() => expectAllCommitted(cluster.client, topic.name));
  expect((await scraped())('messaging_consumer_lag_messages')).toBe(0);
  await runner.stop();
  expect((await scraped())('messaging_consumer_lag_messages')).toBeUndefined();
});
