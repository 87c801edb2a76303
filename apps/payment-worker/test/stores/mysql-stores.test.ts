import { testDb } from '../database.ts';
import { storeContract } from './contract.ts';

storeContract('stores in MySQL', () => testDb());
