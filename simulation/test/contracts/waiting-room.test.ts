import { queueStoreSuite } from '../../../apps/queue-gateway/test/queue-store.suite.ts';
import { waitingLineSuite } from '../../../apps/queue-gateway/test/waiting-line.suite.ts';
import { SimulatedDatabase } from '../../src/database/simulated-database.ts';
import { noFaults } from '../../src/faults.ts';
import { bindQueueTx, emptyQueueTables, queueReads, queueUniqueKeys } from '../../src/services/queue-gateway.ts';
import { SimulatedLine } from '../../src/waiting-line.ts';
import { drivenMethods, drivenWorld } from './driven.ts';

const stored = drivenWorld();
const database = new SimulatedDatabase({
  ...stored,
  name: 'queue',
  tables: emptyQueueTables(),
  bind: bindQueueTx,
  uniqueKeys: queueUniqueKeys,
  onCommit: () => {},
  onMistake: () => {},
});
const link = database.connect(stored.life, () => {});

queueStoreSuite('simulated: queue-gateway', () => ({
  unitOfWork: drivenMethods(stored, link.unitOfWork),
  reads: drivenMethods(stored, queueReads(link)),
}));

const world = drivenWorld({ inRealTime: true });
const redis = new SimulatedLine(world.scheduler, noFaults, 0);
const line = redis.connect(world.life);
const driven = new Proxy(line, {
  get: (target, name) => {
    const step = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
    return (...args: unknown[]) => world.driven(step(...args));
  },
});

waitingLineSuite('simulated: the waiting line', () => ({
  line: driven,
  other: driven,
  lose: async (scheduleId) => redis.line.lose(scheduleId),
}));
