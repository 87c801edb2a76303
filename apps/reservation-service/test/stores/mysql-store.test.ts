import { type Database, MysqlUnitOfWork, openDatabase } from '@stagedoor/platform';
import { type TestDatabase, testDatabase } from '@stagedoor/testkit';
import { afterAll, beforeAll, describe } from 'vitest';
import type { Tx } from '../../src/application/ports.ts';
import { mysqlTx } from '../../src/outbound/mysql/mysql-tx.ts';
import { aPlan } from '../builders.ts';
import { storeContract } from './contract.ts';

let testDb: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDb = await testDatabase('reservation-service');
  database = openDatabase(testDb.config);
});
afterAll(async () => {
  await database.close();
  await testDb.drop();
});

describe('in MySQL', () => {
  storeContract(async () => {
    const unitOfWork = new MysqlUnitOfWork<Tx>(database, (sql) =>
      mysqlTx(sql, { seatMapChanged: () => {}, messagesAdded: () => {} }),
    );
    const { schedules } = await unitOfWork.run((tx) => tx.schedules.insertConcert(aPlan()));
    return { unitOfWork, scheduleId: schedules[0]?.id ?? 0 };
  });
});
