import { backlog } from './backlog.ts';
import { before } from './before.ts';
import { floor } from './floor.ts';
import { holds, holdsContention } from './holds.ts';
import { idle } from './idle.ts';
import { joins } from './joins.ts';
import { journey } from './journey.ts';
import { payHttp } from './payments-http.ts';
import { payWallet, payWalletMax } from './payments-wallet.ts';
import { seatmap } from './seatmap.ts';
import { sockets } from './sockets.ts';
import type { Suite } from './suite.ts';
import { tracing } from './tracing.ts';

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
  payWalletMax,
  payHttp('200ms', false),
  payHttp('200ms', true),
  payHttp('peak', false),
  payHttp('peak', true),
  before('200ms'),
  before('peak'),
  journey,
  seatmap,
  sockets,
  idle,
  backlog(0),
  backlog(5_000_000),
  tracing,
];
