import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // Left out where only the client is generated, which needs no database.
  ...(process.env.MYSQL_URL !== undefined && { datasource: { url: process.env.MYSQL_URL } }),
});
