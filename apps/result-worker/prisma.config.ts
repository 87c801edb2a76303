import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // Empty where only the client is generated: `migrate` and `studio` say themselves that they need it.
  datasource: { url: process.env.MYSQL_URL ?? '' },
});
