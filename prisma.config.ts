import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // `generate` needs no database; `migrate` commands do.
  datasource: { url: process.env['DATABASE_URL'] ?? 'postgresql://unset' },
});
