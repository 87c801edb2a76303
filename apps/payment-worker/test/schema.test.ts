import { join } from 'node:path';
import { schemaDrift } from '@stagedoor/testkit';
import { expect, test } from 'vitest';
import { testDb } from './database.ts';

test('schema.prisma describes what the migrations made', async () => {
  const database = await testDb();
  try {
    expect(await schemaDrift({ url: database.url, schema: join(import.meta.dirname, '../prisma/schema.prisma') })).toEqual([]);
  } finally {
    await database.close();
  }
});
