import { systemClock } from '@stagedoor/platform';
import { seededRandom } from '../src/testing/fixtures.ts';
import { SimulatedBroker } from '../src/testing/simulated-broker.ts';
import { brokerContract } from './broker-contract.ts';
import { realCluster } from './real-cluster.ts';

brokerContract('simulated', async () => {
  const broker = new SimulatedBroker({ clock: systemClock, random: seededRandom(1), maxLatencyMs: 2, rebalanceMs: 10 });
  return {
    broker,
    createTopic: async (name, partitions) => broker.createTopic(name, partitions),
    drop: async () => {},
  };
});

brokerContract('kafkajs on a real broker', async () => {
  const cluster = realCluster();
  return {
    broker: cluster.client,
    createTopic: async (name, partitions) => {
      await cluster.topic(name, partitions);
    },
    drop: () => cluster.drop(),
  };
});
