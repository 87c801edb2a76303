import { applyMigrations } from '../../src/index.ts';

// A process that migrates, for a test that kills it.
const { MYSQL_URL: url = '', DIRECTORY: directory = '' } = process.env;
await applyMigrations({ url, directory, log: (line) => process.stdout.write(`${line}\n`) });
