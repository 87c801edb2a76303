import { floor } from './floor.ts';
import { holds, holdsContention } from './holds.ts';
import { joins } from './joins.ts';
import { payWallet } from './payments.ts';
import type { Suite } from './suite.ts';

/** Every suite, in the order in which they run. */
export const suites: readonly Suite[] = [
  floor,
  joins(0),
  joins(100_000),
  joins(250_000),
  holds,
  holdsContention,
  payWallet(2_000),
  payWallet(3_000),
  payWallet(4_000),
];
