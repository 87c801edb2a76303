import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importsIn, violations } from './rules.ts';

const root = join(import.meta.dirname, '..', '..');

/** Files that git tracks or would track: what is ignored is generated. */
const sources = execFileSync(
  'git',
  ['ls-files', '-co', '--exclude-standard', 'apps/*.ts', 'libs/*.ts', 'e2e/*.ts', 'simulation/*.ts', 'operations/*.ts'],
  {
    cwd: root,
    encoding: 'utf8',
  },
)
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)));

test('no import crosses a boundary', () => {
  const crossed = sources.flatMap((file) =>
    importsIn(file, readFileSync(join(root, file), 'utf8')).flatMap(violations),
  );
  expect(crossed).toEqual([]);
});

describe('the rules bite', () => {
  test.each([
    ['apps/payment-worker/src/app.ts', "import { Seat } from '../../reservation-service/src/domain/seat.ts';"],
    ['apps/payment-worker/src/app.ts', "import { Seat } from 'reservation-service/src/domain/seat.ts';"],
    ['apps/payment-worker/test/a.test.ts', "import '../../result-worker/src/app.ts';"],
    ['libs/messaging/src/relay.ts', "import { buildApp } from '../../../apps/payment-worker/src/app.ts';"],
    ['apps/payment-worker/src/app.ts', "import { testKafka } from '@stagedoor/testkit';"],
    ['operations/src/reconcile/main.ts', "import { buildApp } from '../../../apps/payment-worker/src/app.ts';"],
    ['operations/src/reconcile/main.ts', "import { checkInvariants } from '@stagedoor/testkit';"],
    ['apps/payment-worker/src/app.ts', "import { reconcile } from '../../../operations/src/reconcile/reconcile.ts';"],
    ['e2e/src/a.ts', "import { run } from '../../simulation/src/run.ts';"],
    ['libs/contracts/src/a.ts', "import { Problem } from '@stagedoor/platform';"],
    ['libs/platform/src/a.ts', "import { OutboxRelay } from '@stagedoor/messaging';"],
    ['apps/payment-worker/src/domain/payment.ts', "import { readFileSync } from 'node:fs';"],
    ['apps/payment-worker/src/domain/payment.ts', "import type { Logger } from 'pino';"],
    ['apps/payment-worker/src/domain/payment.ts', "import { settle } from '../application/settle.ts';"],
    ['apps/payment-worker/src/domain/payment.ts', "const fs = await import('node:fs');"],
    ['apps/payment-worker/src/application/settle.ts', "import { MysqlPayments } from '../outbound/mysql/payments.ts';"],
    [
      'apps/payment-worker/src/application/settle.ts',
      "import type { MysqlPayments } from '../outbound/mysql/payments.ts';",
    ],
    ['apps/payment-worker/src/application/settle.ts', "import { Kafka } from 'kafkajs';"],
    [
      'apps/payment-worker/src/inbound/kafka/requests.ts',
      "import { MysqlPayments } from '../../outbound/mysql/payments.ts';",
    ],
    [
      'apps/payment-worker/src/inbound/kafka/requests.ts',
      "export { MysqlPayments } from '../../outbound/mysql/payments.ts';",
    ],
    ['apps/payment-worker/src/outbound/mysql/payments.ts', "import { route } from '../../inbound/http/wallet.ts';"],
    [
      'apps/payment-worker/src/inbound/a.ts',
      "import {\n  type Row,\n  MysqlPayments,\n} from '../outbound/mysql/payments.ts';",
    ],
  ])('%s may not: %s', (file, text) => {
    expect(importsIn(file, text).flatMap(violations)).not.toEqual([]);
  });

  test.each([
    ['apps/payment-worker/src/app.ts', "import { MysqlPayments } from './outbound/mysql/payments.ts';"],
    ['apps/payment-worker/src/domain/payment.ts', "import type { PaymentRequest } from '@stagedoor/contracts';"],
    ['apps/payment-worker/src/domain/payment.ts', "import { verdict } from './verdict.ts';"],
    ['apps/payment-worker/src/application/settle.ts', "import { GroupCommit } from '@stagedoor/platform';"],
    ['apps/payment-worker/src/application/settle.ts', "import type { Outbox } from '@stagedoor/messaging';"],
    ['apps/payment-worker/src/inbound/kafka/requests.ts', "import { settle } from '../../application/settle.ts';"],
    ['apps/payment-worker/test/a.test.ts', "import { MysqlPayments } from '../src/outbound/mysql/payments.ts';"],
    ['apps/payment-worker/src/outbound/mysql/a.ts', "import type { Payments } from '../../application/ports.ts';"],
    [
      'simulation/src/a.ts',
      "import { HoldSeats } from '../../apps/reservation-service/src/application/hold-seats.ts';",
    ],
    ['simulation/src/a.ts', "import { memoryTx } from '../../apps/reservation-service/test/memory/memory-tx.ts';"],
  ])('%s may: %s', (file, text) => {
    expect(importsIn(file, text)).toHaveLength(1);
    expect(importsIn(file, text).flatMap(violations)).toEqual([]);
  });
});
