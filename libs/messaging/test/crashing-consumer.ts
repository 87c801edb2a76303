import { appendFileSync } from 'node:fs';
import { systemClock } from '@stagedoor/platform';
import { ConsumerRunner } from '../src/consumer/consumer-runner.ts';
import { subscription } from '../src/consumer/subscription.ts';
import { openKafka } from '../src/kafka/kafka-client.ts';
import { MessageProducer } from '../src/producer/message-producer.ts';
import { testLogger, testMetrics } from '../src/testing/fixtures.ts';
import { numberedTopic } from '../src/testing/numbered-topic.ts';

// A process of its own for crash.test.ts: has its effects, then dies before their offsets are committed.
const { PREFIX = '', TOPIC = '', JOURNAL = '', CRASH_AFTER = '', TEST_KAFKA_BROKERS = '' } = process.env;
const client = openKafka(
  {
    KAFKA_BROKERS: TEST_KAFKA_BROKERS.split(','),
    KAFKA_TOPIC_PREFIX: PREFIX,
    KAFKA_GROUP_PREFIX: PREFIX,
    KAFKA_SSL: false,
  },
  testLogger(),
  { sessionTimeoutMs: 6_000 },
);
let effects = 0;
const runner = new ConsumerRunner({
  broker: client,
  group: 'g',
  producer: new MessageProducer(client),
  clock: systemClock,
  logger: testLogger(),
  metrics: testMetrics(),
  commitIntervalMs: 600_000,
  subscriptions: [
    subscription(numberedTopic(TOPIC, 2), {
      deadLetters: true,
      process: async ({ value: { n } }) => {
        appendFileSync(JOURNAL, `${n}\n`);
        if (++effects === Number(CRASH_AFTER)) process.kill(process.pid, 'SIGKILL');
      },
    }),
  ],
});
await runner.start();
