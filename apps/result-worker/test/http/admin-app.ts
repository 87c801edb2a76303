import { createMetrics, systemClock, uuidv7Ids } from '@stagedoor/platform';
import { quietLogger, testKeys } from '@stagedoor/testkit';
import { DeadLetters } from '../../src/application/dead-letters.ts';
import { DryRuns } from '../../src/application/dry-runs.ts';
import { PrismaClient } from '../../src/generated/prisma/client.ts';
import { appServer } from '../../src/inbound/http/server.ts';
import { PrismaDeadLetterReader } from '../../src/outbound/mysql/dead-letter-reader.ts';
import { PrismaPaymentReader } from '../../src/outbound/mysql/payment-reader.ts';
import { resultDatabase } from '../mysql/result-database.ts';
import { silentMetrics } from '../silent-metrics.ts';

/** The app's HTTP side over a database of its own. */
export async function adminApp() {
  const stores = await resultDatabase();
  const keys = testKeys();
  const prisma = new PrismaClient({ adapter: stores.database.adapter });
  const deadLetters = new DeadLetters({
    unitOfWork: stores.unitOfWork,
    clock: systemClock,
    ids: uuidv7Ids,
    metrics: silentMetrics,
    maxBatch: 10,
    maxQueued: 100,
  });
  const letters = new PrismaDeadLetterReader(prisma);
  const payments = new PrismaPaymentReader(prisma);
  const server = appServer({
    config: { HOST: '127.0.0.1', PORT: 0, HTTP_MAX_IN_FLIGHT: 1_000, FAN_MAX_REQUESTS_PER_SECOND: 0 },
    logger: quietLogger,
    metrics: createMetrics('result-worker'),
    readiness: { database: () => stores.database.ping() },
    verifier: keys.fanVerifier,
    deadLetters,
    dryRuns: new DryRuns({
      letters,
      payments,
      partitions: { partitionOf: async () => 3 },
      clock: systemClock,
      paymentTimeoutMs: 300_000,
    }),
    letters,
    payments,
  });
  const admin = { authorization: keys.authorization('boss', ['admin']) };
  return {
    ...stores,
    keys,
    server,
    deadLetters,
    get: async (url: string, headers: Record<string, string> = admin) => {
      const answer = await server.inject({ url, headers });
      return { status: answer.statusCode, body: answer.json() };
    },
    post: async (url: string, payload: object, headers: Record<string, string> = admin) => {
      const answer = await server.inject({ method: 'POST', url, headers, payload });
      return { status: answer.statusCode, body: answer.json() };
    },
    async close() {
      await server.close();
      await prisma.$disconnect();
      await stores.close();
      keys.remove();
    },
  };
}
