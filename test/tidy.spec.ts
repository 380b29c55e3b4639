import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

// DESIGN.md's rooms and the arrows between them, and the few words that belong to one place only.

const ROOT = path.resolve(import.meta.dirname, '..');

/** Beyond dot files and what .gitignore names. A new one needs a reason, and its line here. */
const TOP_LEVEL = `
  apps docs libs prisma test
  CHANGELOG.md CONTRIBUTING.md LICENSE README.md
  docker-compose.yml jest.config.js nest-cli.json package-lock.json package.json prisma.config.ts tsconfig.json`
  .trim()
  .split(/\s+/);
const IGNORED = ['coverage', 'dist', 'node_modules'];

const CODE = /\.(ts|tsx|js|mjs)$/;
const NOT_OURS = /(^|\/)(node_modules|dist|generated)$/;

function filesUnder(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (NOT_OURS.test(name)) return [];
    if (entry.isDirectory()) return filesUnder(name);
    return CODE.test(name) ? [name] : [];
  });
}

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const isSpec = (file: string) => /\.spec\.tsx?$/.test(file);
/** Code without comments: they may name what they like. Good enough for our own style. */
const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');

/** What a file imports: `#libs/…` and relative ones as paths from the top, packages by name. */
function importsOf(file: string): string[] {
  const found = withoutComments(read(file)).matchAll(/(?:\bfrom|\bimport\(|\bimport)\s*['"]([^'"]+)['"]/g);
  return [...found].map(([, target = '']) => {
    if (target.startsWith('.')) return path.join(path.dirname(file), target);
    return target.startsWith('#') ? target.slice(1) : target;
  });
}

const files = ['apps', 'libs', 'test', 'prisma']
  .filter((name) => existsSync(path.join(ROOT, name)))
  .flatMap(filesUnder);
const under = (folder: string) => files.filter((file) => file.startsWith(`${folder}/`));

/** `file -> import` of every import that is not allowed. */
function wrongImports(from: readonly string[], allowed: (target: string, file: string) => boolean): string[] {
  return from.flatMap((file) =>
    importsOf(file)
      .filter((target) => !allowed(target, file))
      .map((target) => `${file} -> ${target}`),
  );
}

/** Belongs to the language rather than to judging. */
const ASSERT_NEVER = 'libs/judging/assert-never.js';

const isOurs = (target: string) => /^(apps|libs|test|prisma)\//.test(target);
const appOf = (file: string) => file.split('/').slice(0, 2).join('/');

describe('Every room knows only what it may:', () => {
  it('the files are found, and their imports are read', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(importsOf('libs/config/config.module.ts')).toEqual(['@nestjs/common', 'libs/config/config.js']);
  });

  it('apps import libs, never another app', () => {
    expect(
      wrongImports(
        under('apps').filter((file) => !isSpec(file)),
        (target, file) => !isOurs(target) || target.startsWith('libs/') || target.startsWith(`${appOf(file)}/`),
      ),
    ).toEqual([]);
  });

  it('specs of an app may use what tests share, but no other app', () => {
    expect(
      wrongImports(
        under('apps').filter(isSpec),
        (target, file) => !isOurs(target) || /^(libs|test)\//.test(target) || target.startsWith(`${appOf(file)}/`),
      ),
    ).toEqual([]);
  });

  it('libs import libs, never an app', () => {
    expect(wrongImports(under('libs'), (target) => !isOurs(target) || /^(libs|test)\//.test(target))).toEqual([]);
  });

  it('libs/judging imports nothing outside itself', () => {
    const own = under('libs/judging').filter((file) => !isSpec(file));
    expect(own.length).toBeGreaterThan(0);
    // Bytes are part of the language; files, clocks and sockets are not.
    const wrong = wrongImports(own, (target) => target.startsWith('libs/judging/') || target === 'node:buffer');
    expect(wrong).toEqual([]);
  });

  it('libs/paiza imports nothing of ours', () => {
    const own = under('libs/paiza').filter((file) => !isSpec(file));
    expect(own.length).toBeGreaterThan(0);
    expect(
      wrongImports(own, (target) => !isOurs(target) || target.startsWith('libs/paiza/') || target === ASSERT_NEVER),
    ).toEqual([]);
  });

  it('the runner knows neither database nor queue, and of judging only the limits', () => {
    const forbidden = /^(libs\/(database|queue|judging)\/|pg$|@prisma\/|bullmq$|@nestjs\/bullmq$)/;
    expect(
      wrongImports(
        under('apps/runner').filter((file) => !isSpec(file)),
        (target) => !forbidden.test(target) || target === ASSERT_NEVER || target === 'libs/judging/limits.js',
      ),
    ).toEqual([]);
  });

  it('the api knows nothing of running code', () => {
    expect(
      wrongImports(
        under('apps/api').filter((file) => !isSpec(file)),
        (target) => !/^libs\/paiza\/(?!languages\.js)/.test(target),
      ),
    ).toEqual([]);
  });
});

describe('Every word stands in its place:', () => {
  it('bullmq only in libs/queue, the modules and judge.processor.ts', () => {
    const places = /^libs\/queue\/|\.module\.ts$|\/judge\.processor\.ts$|^test\//;
    const queue = /^(@nestjs\/)?bullmq(\/|$)/;
    expect(wrongImports(files, (target, file) => !queue.test(target) || places.test(file))).toEqual([]);
  });

  it('process.env only in libs/config/config.ts, the launcher, prisma and tests', () => {
    const places = /^libs\/config\/config\.ts$|^apps\/launcher\/|^prisma\/|^test\//;
    const readers = files.filter((file) => !places.test(file) && !isSpec(file));
    // Where programs lie is no setting of ours.
    const setting = /process\.env(?!\['PATH'\])/;
    expect(readers.filter((file) => setting.test(withoutComments(read(file))))).toEqual([]);
  });

  it('at the top nothing lies without a reason', () => {
    const names = readdirSync(ROOT).filter((name) => !name.startsWith('.') && !IGNORED.includes(name));
    expect(names.filter((name) => !TOP_LEVEL.includes(name))).toEqual([]);
  });
});
