import { join } from 'node:path';
import { schemaDrift, testDatabase } from '@stagedoor/testkit';
import { expect, test } from 'vitest';

test('schema.prisma describes what the migrations make', async () => {
  const database = await testDatabase('queue-gateway');
  try {
    const schema = join(import.meta.dirname, '../prisma/schema.prisma');
    expect(await schemaDrift({ url: database.url, schema })).toEqual([]);
  } finally {
    await database.drop();
  }
});
