import { describe } from 'vitest';
import { storeContract as paymentStores } from '../../../apps/payment-worker/test/stores/contract.ts';
import { interleavingContract } from '../../../apps/payment-worker/test/stores/interleaving-contract.ts';
import { aPlan } from '../../../apps/reservation-service/test/builders.ts';
import { storeContract as reservationStores } from '../../../apps/reservation-service/test/stores/contract.ts';
import { storeContract as resultStores } from '../../../apps/result-worker/test/stores/contract.ts';
import { outboxStoreContract } from '../../../libs/messaging/test/outbox-store-contract.ts';
import { leasesContract } from '../../../libs/platform/test/mysql/leases-contract.ts';
import { SimulatedDatabase } from '../../src/database/simulated-database.ts';
import { bindPaymentTx, emptyPaymentTables, paymentUniqueKeys } from '../../src/services/payment-worker.ts';
import {
  bindReservationTx,
  emptyReservationTables,
  reservationUniqueKeys,
} from '../../src/services/reservation-service.ts';
import { bindResultTx, emptyResultTables, resultUniqueKeys } from '../../src/services/result-worker.ts';
import { drivenMethods, drivenWorld } from './driven.ts';

const nobodyIsTold = { onCommit: () => {}, onMistake: () => {} };

const reservation = {
  bind: bindReservationTx,
  uniqueKeys: reservationUniqueKeys,
  ...nobodyIsTold,
};
const payment = { bind: bindPaymentTx, uniqueKeys: paymentUniqueKeys, ...nobodyIsTold };
const result = { bind: bindResultTx, uniqueKeys: resultUniqueKeys, ...nobodyIsTold };

describe('simulated: reservation-service', () => {
  reservationStores(async () => {
    const world = drivenWorld();
    const database = new SimulatedDatabase({
      ...world,
      name: 'test',
      tables: emptyReservationTables(),
      ...reservation,
    });
    const unitOfWork = drivenMethods(world, database.connect(world.life, () => {}).unitOfWork);
    const { schedules } = await unitOfWork.run((tx) => tx.schedules.insertConcert(aPlan()));
    return { unitOfWork, scheduleId: schedules[0]?.id ?? 0 };
  });
});

const paymentStoresOpened = async () => {
  const world = drivenWorld();
  const database = new SimulatedDatabase({ ...world, name: 'test', tables: emptyPaymentTables(), ...payment });
  return {
    unitOfWork: drivenMethods(world, database.connect(world.life, () => {}).unitOfWork),
    outbox: async () => database.outbox.read(0, 1_000_000).flatMap(({ messages }) => messages),
    close: async () => {},
  };
};
paymentStores('simulated: payment-worker', paymentStoresOpened);
interleavingContract('simulated: transactions of payment-worker', paymentStoresOpened);

resultStores('simulated: result-worker', async () => {
  const world = drivenWorld();
  const database = new SimulatedDatabase({ ...world, name: 'test', tables: emptyResultTables(), ...result });
  return {
    unitOfWork: drivenMethods(world, database.connect(world.life, () => {}).unitOfWork),
    outbox: async () => database.outbox.read(0, 1_000_000).flatMap(({ messages }) => messages),
    close: async () => {},
  };
});

outboxStoreContract('simulated', async () => {
  const world = drivenWorld();
  const database = new SimulatedDatabase({ ...world, name: 'test', tables: emptyPaymentTables(), ...payment });
  const link = database.connect(world.life, () => {});
  const unitOfWork = drivenMethods(world, link.unitOfWork);
  return {
    store: drivenMethods(world, link.outbox),
    add: (messages, shard = 0) =>
      // The apps have one shard; another one is written as the table would be.
      shard === 0
        ? unitOfWork.run((tx) => tx.outbox.add(messages))
        : Promise.resolve(database.outbox.add(database.outbox.nextId(), messages, shard)),
    drop: async () => {},
  };
});

describe('simulated leases', () => {
  leasesContract(() => {
    const world = drivenWorld();
    const database = new SimulatedDatabase({ ...world, name: 'test', tables: emptyPaymentTables(), ...payment });
    return {
      leases: drivenMethods(world, database.connect(world.life, () => {}).leases),
      pass: (ms) => world.driven(world.scheduler.sleep(ms)),
    };
  });
});
