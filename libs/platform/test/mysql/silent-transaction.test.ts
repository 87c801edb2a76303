import { expect, test } from 'vitest';
import { isTransient, MysqlUnitOfWork, openDatabase } from '../../src/index.ts';
import { breakableLink } from '../breakable-link.ts';

/** Answers nothing, and never fails: what is left of a connection that the driver has given up (see below). */
test('a connection whose statements never end does not hold a transaction for longer than its time', async () => {
  const never = () => new Promise<never>(() => {});
  const connection = { query: never, release: never, isValid: () => false, destroy: () => {}, threadId: 1 };
  const pool = { getConnection: async () => connection, query: never };
  const unitOfWork = new MysqlUnitOfWork({ pool: pool as never }, (sql) => sql, { timeoutMs: 20 });
  const error: unknown = await unitOfWork.run((tx) => tx.query('SELECT 1', [])).catch((reason: unknown) => reason);
  expect(isTransient(error), String(error)).toBe(true);
});

/**
 * The driver ends a statement in progress by a KILL over a second connection. Where that cannot be opened either, as on a
 * lost route or with a server that stands still, the statement's promise never settles (mariadb 3.5.4).
 */
test.each(['the first statement', 'COMMIT'])(
  'a connection that goes silent before %s fails the transaction as transient, and the next one works',
  async (moment) => {
    const link = await breakableLink(new URL(process.env.TEST_MYSQL_URL as string));
    const database = openDatabase({ MYSQL_URL: link.url, MYSQL_POOL_SIZE: 2 });
    const unitOfWork = new MysqlUnitOfWork(database, (sql) => sql, { timeoutMs: 300 });
    try {
      await database.ping();
      const error: unknown = await unitOfWork
        .run(async (tx) => {
          if (moment === 'COMMIT') await tx.query('SELECT 1', []);
          link.silence();
          if (moment !== 'COMMIT') await tx.query('SELECT 1', []);
        })
        .catch((reason: unknown) => reason);
      expect(isTransient(error), String(error)).toBe(true);
      link.mend();
      const works = () =>
        unitOfWork
          .run((tx) => tx.query('SELECT 1', []))
          .then(
            () => true,
            () => false,
          );
      await expect.poll(works, { timeout: 20_000 }).toBe(true);
    } finally {
      link.close();
      await database.close();
    }
  },
  60_000,
);
