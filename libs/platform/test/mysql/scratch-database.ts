import { randomBytes } from 'node:crypto';
import { createConnection } from 'mariadb';
import { connectionSettings } from '../../src/mysql/connection-settings.ts';

/** An empty database of a random name on the test server; drop() removes it. */
export async function scratchDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const server = process.env.TEST_MYSQL_URL;
  if (server === undefined) throw new Error('TEST_MYSQL_URL is not set; `npm test` sets it');
  const name = `platform_${randomBytes(6).toString('hex')}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  const run = async (sql: string): Promise<void> => {
    const connection = await createConnection({ ...connectionSettings(server), database: '' });
    await connection.query(sql);
    await connection.end();
  };
  await run(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
  return { url: url.toString(), drop: () => run(`DROP DATABASE ${name}`) };
}
