import { paymentDatabase } from '../mysql/payment-database.ts';
import { storeContract } from './contract.ts';

storeContract('stores in MySQL', () => paymentDatabase());
