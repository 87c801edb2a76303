import { join } from 'node:path';
import { applyMigrations, configOrExit, mysqlConfig } from '@stagedoor/platform';

// Run before the service starts. Needs MYSQL_URL only; two at once take turns.
const { MYSQL_URL: url } = configOrExit(mysqlConfig, process.env, { app: 'result-worker' });
const directory = join(import.meta.dirname, '../prisma/migrations');
await applyMigrations({ url, directory, log: (line) => process.stdout.write(`result-worker: ${line}\n`) });
