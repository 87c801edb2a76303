import { fileURLToPath } from 'node:url';
import { schemaDrift, testDatabase } from '@stagedoor/testkit';
import { expect, test } from 'vitest';

test('the migrations make what schema.prisma describes', async () => {
  const { url, drop } = await testDatabase('result-worker');
  try {
    const schema = fileURLToPath(new URL('../prisma/schema.prisma', import.meta.url));
    expect(await schemaDrift({ url, schema })).toEqual([]);
  } finally {
    await drop();
  }
});
