import { describe } from 'vitest';
import { aPlan } from '../builders.ts';
import { MemoryDatabase } from '../memory/memory-database.ts';
import { storeContract } from './contract.ts';

describe('in memory', () => {
  storeContract(async () => {
    const unitOfWork = new MemoryDatabase();
    const { schedules } = await unitOfWork.run((tx) => tx.schedules.insertConcert(aPlan()));
    return { unitOfWork, scheduleId: schedules[0]?.id ?? 0 };
  });
});
