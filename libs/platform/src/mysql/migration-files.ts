import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One migration of a `prisma/migrations` folder. */
export interface Migration {
  /** The folder's name, e.g. `20261122100000_init`; migrations are applied in the order of their names. */
  name: string;
  script: string;
  /** As Prisma keeps it: the SHA-256 of migration.sql in lower-case hexadecimal. */
  checksum: string;
}

/**
 * Reads the migrations of a folder, in order.
 * @throws Error when a migration's folder has no migration.sql
 */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const bytes = await readFile(join(directory, name, 'migration.sql'));
      return { name, script: bytes.toString('utf8'), checksum: createHash('sha256').update(bytes).digest('hex') };
    }),
  );
}
