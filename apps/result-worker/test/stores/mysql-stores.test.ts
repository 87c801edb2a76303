import { resultDatabase } from '../mysql/result-database.ts';
import { storeContract } from './contract.ts';

storeContract('stores in MySQL', () => resultDatabase());
