import { SimulatedBroker } from '@stagedoor/messaging/testing/simulated-broker';
import { brokerContract } from '../../../libs/messaging/test/broker-contract.ts';
import { brokerLink } from '../../src/broker-link.ts';
import { noFaults } from '../../src/faults.ts';
import { drivenWorld } from './driven.ts';

brokerContract('simulated, as a process of the simulation reaches it', async () => {
  const { scheduler, life, turn } = drivenWorld();
  const broker = new SimulatedBroker({ clock: scheduler, random: scheduler.random, maxLatencyMs: 2, rebalanceMs: 10 });
  const stop = turn();
  return {
    broker: brokerLink(broker, life, scheduler, noFaults),
    createTopic: async (name, partitions) => broker.createTopic(name, partitions),
    drop: async () => stop(),
  };
});
