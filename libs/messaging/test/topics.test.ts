import { allTopics } from '@stagedoor/contracts';
import kafkajs, { type Admin } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTopics } from '../src/kafka/topics.ts';
import { eventually } from './flow.ts';
import { type RealCluster, realCluster } from './real-cluster.ts';

let cluster: RealCluster;
let admin: Admin;
const names = (): string[] => allTopics.map(({ name }) => cluster.client.topicName(name));

beforeEach(async () => {
  cluster = realCluster();
  admin = cluster.client.kafka.admin();
  await admin.connect();
});
afterEach(async () => {
  const existing = await admin.listTopics();
  await admin.deleteTopics({ topics: existing.filter((name) => name.startsWith(cluster.prefix)) });
  await admin.disconnect();
  await cluster.drop();
});

async function settings(name: string): Promise<Map<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name }],
  });
  return new Map(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]));
}

const alter = (name: string, config: Record<string, string>) =>
  admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name,
        configEntries: Object.entries(config).map(([entry, value]) => ({ name: entry, value })),
      },
    ],
  });

describe('createTopics', () => {
  test('creates the topics of the contracts with their settings, and finds nothing to do the second time', async () => {
    const first = await createTopics(cluster.client);
    expect(first).toEqual({ created: names(), repaired: [], differences: [] });
    const { topics } = await admin.fetchTopicMetadata({ topics: names() });
    const partitions = new Map(topics.map((topic) => [topic.name, topic.partitions.length]));
    for (const topic of allTopics) {
      const name = cluster.client.topicName(topic.name);
      expect(partitions.get(name)).toBe(topic.partitions);
      expect((await settings(name)).get('retention.ms')).toBe(String(topic.retentionMs));
    }
    expect(await createTopics(cluster.client)).toEqual({ created: [], repaired: [], differences: [] });
  });

  test('asks about one new topic at a time: kafkajs forgets one while it learns of another, as on three brokers it did', async () => {
    let [inFlight, most] = [0, 0];
    const fetchTopicOffsets: Admin['fetchTopicOffsets'] = async (name) => {
      most = Math.max(most, ++inFlight);
      return admin.fetchTopicOffsets(name).finally(() => inFlight--);
    };
    const watched = { ...cluster.client, kafka: { admin: () => ({ ...admin, fetchTopicOffsets, disconnect() {} }) } };
    const { created } = await createTopics(watched as unknown as typeof cluster.client);
    expect(created).toEqual(names());
    expect(most).toBe(1);
  });

  test('two at once do not disturb each other', async () => {
    const [one, two] = await Promise.all([createTopics(cluster.client), createTopics(cluster.another())]);
    expect([...one.differences, ...two.differences]).toEqual([]);
    expect((await createTopics(cluster.client)).created).toEqual([]);
  });

  test("puts settings right, and leaves an operator's own alone", async () => {
    await createTopics(cluster.client);
    const name = names()[0] as string;
    await alter(name, { 'retention.ms': '1000', 'segment.bytes': '16777216' });
    await eventually(async () => expect((await settings(name)).get('retention.ms')).toBe('1000'));
    const { repaired } = await createTopics(cluster.client);
    expect(repaired).toEqual([name]);
    await eventually(async () => {
      const now = await settings(name);
      expect(now.get('retention.ms')).toBe(String(allTopics[0]?.retentionMs));
      expect(now.get('segment.bytes')).toBe('16777216');
      expect(now.get('compression.type')).toBe('uncompressed');
    });
  });

  test('says where the number of partitions differs, and does not change it', async () => {
    const name = names()[0] as string;
    await admin.createTopics({ waitForLeaders: false, topics: [{ topic: name, numPartitions: 2 }] });
    const { differences, repaired } = await createTopics(cluster.client);
    expect(repaired).toEqual([name]);
    expect(differences).toHaveLength(1);
    expect(differences[0]).toContain(`${name} has 2 partitions instead of ${allTopics[0]?.partitions}`);
  });

  test('a topic is created by this step and no other: neither producing nor consuming makes one', async () => {
    const producer = cluster.client.producer();
    const message = { topic: 'never-made', key: 'k', value: '{}', headers: {} };
    await expect(producer.send([message])).rejects.toThrow();
    await producer.close();
    expect(await admin.listTopics()).not.toContain(cluster.client.topicName('never-made'));
  });
});
