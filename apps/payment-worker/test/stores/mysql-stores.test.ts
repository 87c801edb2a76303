import { paymentDatabase } from '../mysql/payment-database.ts';
import { storeContract } from './contract.ts';
import { interleavingContract } from './interleaving-contract.ts';

storeContract('stores in MySQL', () => paymentDatabase());
interleavingContract('transactions in MySQL', () => paymentDatabase());
