// npm run migration:new -- NAME
// Writes prisma/migrations/<time>_NAME/migration.sql: the difference between the schema of the last migration
// (prisma/migrations/schema.prisma, kept beside them) and prisma/schema.prisma. Works without Prisma's engine download:
// the engine's WASM build diffs two schema files. It asks a server for its version only, so any DATABASE_URL will do.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';

const name = process.argv[2];
if (!name || !/^[a-z0-9_]+$/.test(name) || !process.env.DATABASE_URL) {
  console.error('Usage: DATABASE_URL=postgresql://… npm run migration:new -- name_in_snake_case');
  process.exit(2);
}

const target = 'prisma/schema.prisma';
const applied = 'prisma/migrations/schema.prisma';
const datamodel = (file) =>
  existsSync(file)
    ? { tag: 'schemaDatamodel', files: [{ path: file, content: readFileSync(file, 'utf8') }] }
    : { tag: 'empty' };

const wasmFolder = path.dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
const { instance } = await WebAssembly.instantiate(readFileSync(path.join(wasmFolder, 'schema_engine_bg.wasm')), {
  './schema_engine_bg.js': bindings,
});
bindings.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start();

const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL });
const engine = await bindings.SchemaEngine.new(
  { datamodels: [[target, readFileSync(target, 'utf8')]] },
  () => {},
  bindMigrationAwareSqlAdapterFactory(adapter),
);
const difference = await engine.diff({
  from: datamodel(applied),
  to: datamodel(target),
  script: true,
  exitCode: true,
  shadowDatabaseUrl: null,
  filters: { externalTables: [], externalEnums: [] },
});
if (difference.exitCode !== 2) {
  console.log('The schema has not changed.');
  process.exit(0);
}
const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
const folder = `prisma/migrations/${stamp}_${name}`;
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/migration.sql`, difference.stdout);
writeFileSync(applied, readFileSync(target));
console.log(`Wrote ${folder}/migration.sql. Read it before you commit it.`);
process.exit(0);
