import type { TopicDefinition } from '@stagedoor/contracts';
import { type BrokerConsumer, type KafkaClient, MessageProducer, openKafka } from '@stagedoor/messaging';
import { quietLogger } from '@stagedoor/testkit';
import type { Stage } from './test-app.ts';

/** One record, as a test looks at it. */
export interface Seen<T> {
  value: T;
  raw: string;
  headers: Record<string, string>;
}

/** The rest of the world, for a test: reads what the service says and says what others would. */
export interface World {
  /** What has come on a topic so far. */
  on<T>(topic: TopicDefinition<T> | string): Seen<T>[];
  tell<T>(topic: TopicDefinition<T>, value: T): Promise<void>;
  tellRaw(topic: string, value: string): Promise<void>;
  leave(): Promise<void>;
}

const nameOf = (topic: { name: string } | string): string => (typeof topic === 'string' ? topic : topic.name);

/** Listens to these topics from their beginning. */
export async function joinWorld(stage: Stage, topics: readonly ({ name: string } | string)[]): Promise<World> {
  const client: KafkaClient = openKafka(stage.kafka.config, quietLogger, { clientId: 'test' });
  const producer = new MessageProducer(client);
  await producer.connect();
  const seen = new Map<string, Seen<unknown>[]>(topics.map((topic) => [nameOf(topic), []]));
  const consumer: BrokerConsumer = client.consumer({ group: 'test-world', topics: [...seen.keys()] });
  await consumer.run({
    onAssigned: () => {},
    onLost: () => {},
    onFatal: (error) => {
      throw error;
    },
    onMessages({ topic, messages }) {
      for (const { value, headers } of messages) {
        const raw = value?.toString() ?? '';
        const text = Object.entries(headers).map(([name, content]) => [name, content?.toString() ?? '']);
        seen.get(topic)?.push({ raw, value: parsed(raw), headers: Object.fromEntries(text) });
      }
    },
  });
  return {
    on: <T>(topic: TopicDefinition<T> | string) => (seen.get(nameOf(topic)) ?? []) as Seen<T>[],
    tell: (topic, value) =>
      producer.send([{ topic: topic.name, key: topic.key(value), value: JSON.stringify(value), headers: {} }]),
    tellRaw: (topic, value) => producer.send([{ topic, key: 'k', value, headers: {} }]),
    async leave() {
      await consumer.stop();
      await producer.close();
      await client.close();
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
