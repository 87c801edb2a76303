import { fileURLToPath } from 'node:url';
import { schemaDrift, testDatabase } from '@stagedoor/testkit';
import { expect, test } from 'vitest';

test('schema.prisma describes what the migrations made', async () => {
  const { url, drop } = await testDatabase('payment-worker');
  const schema = fileURLToPath(new URL('../../prisma/schema.prisma', import.meta.url));
  try {
    expect(await schemaDrift({ url, schema })).toEqual([]);
  } finally {
    await drop();
  }
});
