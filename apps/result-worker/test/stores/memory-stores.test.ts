import { MemoryDatabase } from '../memory/memory-database.ts';
import { storeContract } from './contract.ts';

storeContract('stores in memory', async () => {
  const database = new MemoryDatabase();
  return { unitOfWork: database, outbox: async () => database.tables.outbox, close: async () => {} };
});
