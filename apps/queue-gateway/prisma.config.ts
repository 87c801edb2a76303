import { defineConfig } from 'prisma/config';

/** For the Prisma CLI; the service itself reads MYSQL_URL by src/config.ts. */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // `prisma generate` needs no database; the commands that do say so themselves.
  datasource: { url: process.env.MYSQL_URL ?? '' },
});
