import { fileURLToPath } from 'node:url';
import { applyMigrations, connectionSettings, type MysqlConfig } from '@stagedoor/platform';
import { createConnection } from 'mariadb';
import { randomName, testServer } from './environment.ts';

/** The apps, as their folders are named. */
export type AppName = 'queue-gateway' | 'reservation-service' | 'payment-worker' | 'result-worker';

/** A database of one test file's own. */
export interface TestDatabase {
  readonly url: string;
  /** For openDatabase(). */
  readonly config: MysqlConfig;
  drop(): Promise<void>;
}

const POOL_SIZE = 5;

/** Creates a database of a random name on the test server and applies the app's migrations. */
export async function testDatabase(app: AppName): Promise<TestDatabase> {
  const database = await emptyTestDatabase(app);
  const directory = fileURLToPath(new URL(`../../../../apps/${app}/prisma/migrations`, import.meta.url));
  try {
    await applyMigrations({ url: database.url, directory, log: () => {} });
  } catch (error) {
    await database.drop();
    throw error;
  }
  return database;
}

/** Creates a database of a random name, with nothing in it. */
export async function emptyTestDatabase(label = 'test'): Promise<TestDatabase> {
  const server = testServer('TEST_MYSQL_URL');
  const name = `${label.replaceAll('-', '_')}_${randomName()}`;
  await onServer(server, `CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.toString(),
    config: { MYSQL_URL: url.toString(), MYSQL_POOL_SIZE: POOL_SIZE },
    drop: () => onServer(server, `DROP DATABASE IF EXISTS ${name}`),
  };
}

async function onServer(server: string, sql: string): Promise<void> {
  const { database: _none, ...settings } = connectionSettings(server);
  const connection = await createConnection(settings);
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}
