import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readProblemPackage, readProblemPackages } from './problem-package.js';

const YAML = 'title: Sum\ntimeLimitMs: 1000\nmemoryLimitBytes: 67108864\n';
const FILES = {
  'problem.yaml': YAML,
  'statement.md': '# Sum\n',
  'data/sample/1.in': '1 2\n',
  'data/sample/1.ans': '3\n',
  'data/secret/01.in': '4 5\n',
  'data/secret/01.ans': '9\n',
} satisfies Files;

type Files = Record<string, string | Buffer | null>;

describe('a problem package', () => {
  let root: string;
  beforeEach(async () => (root = await mkdtemp(path.join(tmpdir(), 'saiban-package-'))));
  afterEach(() => rm(root, { recursive: true }));

  /** A whole package with `changes` made to it; null leaves a file out. */
  async function written(changes: Files = {}, slug = 'sum'): Promise<string> {
    const folder = path.join(root, slug);
    for (const [name, content] of Object.entries({ ...FILES, ...changes })) {
      if (content === null) continue;
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), content);
    }
    return folder;
  }

  const reading = async (changes: Files, slug?: string) => readProblemPackage(await written(changes, slug));

  it('is read whole, with the defaults of what it does not say', async () => {
    expect(await reading({ 'submissions/WA/zero.py': 'print(0)\n' })).toEqual({
      slug: 'sum',
      title: 'Sum',
      statement: '# Sum\n',
      timeLimitMs: 1000,
      memoryLimitBytes: 67_108_864,
      checker: 'lines',
      checkerOptions: {},
      tags: [],
      testCases: [
        { name: '1', input: Buffer.from('1 2\n'), answer: Buffer.from('3\n'), sample: true },
        { name: '01', input: Buffer.from('4 5\n'), answer: Buffer.from('9\n'), sample: false },
      ],
      submissions: [
        { path: 'submissions/WA/zero.py', language: 'python3', expected: 'WA', source: Buffer.from('print(0)\n') },
      ],
    });
  });

  it('keeps checker, options and tags', async () => {
    const yaml = `${YAML}checker: floats\ncheckerOptions: { absolute: 1e-9, relative: 0 }\ntags: [geometry, easy]\n`;
    expect(await reading({ 'problem.yaml': yaml })).toMatchObject({
      checker: 'floats',
      checkerOptions: { absolute: 1e-9, relative: 0 },
      tags: ['geometry', 'easy'],
    });
  });

  it('keeps the bytes of test data and sources', async () => {
    const bytes = Buffer.from([0x00, 0xff, 0x0d, 0x0a, 0xc3]);
    const read = await reading({ 'data/secret/01.in': bytes, 'submissions/RTE/odd.c': bytes });
    expect(read.testCases[1]?.input).toEqual(bytes);
    expect(read.submissions[0]?.source).toEqual(bytes);
  });

  it('puts samples first, then names in the order of their code units, whether read or generated', async () => {
    const generator = `export default async function* () {
      yield { name: '02', input: 'x', answer: Buffer.from([0xff]) };
      yield { name: '2', input: '', answer: 'y', sample: true };
    }`;
    const changes = { 'data/generate.mjs': generator, 'data/secret/10.in': '', 'data/secret/10.ans': '' };
    const { testCases } = await reading(changes);
    expect(testCases.map((testCase) => testCase.name)).toEqual(['1', '2', '01', '02', '10']);
    expect(testCases[3]?.answer).toEqual(Buffer.from([0xff]));
  });

  const faults: [code: string, why: string, changes: Files, told: string][] = [
    ['FILE_UNREADABLE', 'problem.yaml is missing', { 'problem.yaml': null }, 'problem.yaml is missing'],
    ['FILE_UNREADABLE', 'the statement is not UTF-8', { 'statement.md': Buffer.from([0xff]) }, 'as UTF-8'],
    ['YAML_INVALID', 'the YAML does not parse', { 'problem.yaml': 'title: [' }, 'is not YAML'],
    ['YAML_INVALID', 'the YAML is a list', { 'problem.yaml': '- title' }, 'must hold keys'],
    ['YAML_INVALID', 'the YAML is empty', { 'problem.yaml': '' }, 'must hold keys'],
    ['YAML_INVALID', 'aliases could multiply', { 'problem.yaml': `${YAML}tags: &a [x]\nmore: *a\n` }, 'is not YAML'],
    ['YAML_INVALID', 'a key is misspelt', { 'problem.yaml': `${YAML}timelimit: 5\n` }, 'unknown key timelimit'],
    ['YAML_INVALID', 'a limit is missing', { 'problem.yaml': 'title: Sum\n' }, 'timeLimitMs must be a whole number'],
    ['YAML_INVALID', 'a limit is a text', { 'problem.yaml': YAML.replace('1000', '1s') }, 'not "1s"'],
    ['YAML_INVALID', 'a limit is 0', { 'problem.yaml': YAML.replace('1000', '0') }, 'above 0'],
    ['YAML_INVALID', 'a limit is broken', { 'problem.yaml': YAML.replace('1000', '1.5') }, 'whole number'],
    ['YAML_INVALID', 'the title is blank', { 'problem.yaml': YAML.replace('Sum', '" "') }, 'title must be a text'],
    ['YAML_INVALID', 'nobody has the checker', { 'problem.yaml': `${YAML}checker: toString\n` }, 'lines, exact'],
    ['YAML_INVALID', 'an option is unknown', { 'problem.yaml': `${YAML}checkerOptions: { tol: 1 }\n` }, 'key tol'],
    [
      'YAML_INVALID',
      'a tolerance is negative',
      { 'problem.yaml': `${YAML}checkerOptions: { absolute: -1 }\n` },
      'absolute must be a number of at least 0',
    ],
    [
      'YAML_INVALID',
      'a flag is a text',
      { 'problem.yaml': `${YAML}checkerOptions: { caseSensitive: 'yes' }\n` },
      'caseSensitive must be true or false',
    ],
    ['YAML_INVALID', 'the tags are no list', { 'problem.yaml': `${YAML}tags: easy\n` }, 'list of texts'],
    ['NO_TEST_CASES', 'all are samples', { 'data/secret/01.in': null, 'data/secret/01.ans': null }, 'no secret'],
    ['UNPAIRED_TEST_CASE', 'an answer is missing', { 'data/secret/01.ans': null }, '01.ans is missing'],
    ['UNPAIRED_TEST_CASE', 'an input is missing', { 'data/sample/1.in': null }, '1.in is missing'],
    ['UNKNOWN_FILE', 'a data file has another ending', { 'data/secret/01.out': '9\n' }, '01.out is neither'],
    [
      'NAME_TAKEN',
      'a sample and a secret share a name',
      { 'data/secret/1.in': '', 'data/secret/1.ans': '' },
      'named 1',
    ],
    ['GENERATOR_INVALID', 'it exports nothing', { 'data/generate.mjs': 'export {};\n' }, 'must export'],
    ['VERDICT_UNKNOWN', 'the folder is no verdict', { 'submissions/accepted/a.c': '' }, '"accepted" is no verdict'],
    ['VERDICT_UNKNOWN', 'JE is expected of a student', { 'submissions/JE/a.c': '' }, '"JE" is no verdict'],
    ['LANGUAGE_UNKNOWN', 'the extension is unknown', { 'submissions/AC/a.exe': '' }, 'Use one of .c .cpp'],
  ];

  it.each(faults)('is refused with %s when %s', async (code, _why, changes, told) => {
    await expect(reading(changes)).rejects.toMatchObject({
      code: `PROBLEM_PACKAGE_${code}`,
      message: expect.stringContaining(told),
    });
  });

  it.each(['Sum', 'a b', '-a', 'a--b', 'é'])('is refused when its folder is named "%s"', async (slug) => {
    await expect(reading({}, slug)).rejects.toMatchObject({ code: 'PROBLEM_PACKAGE_SLUG_INVALID' });
  });

  it('is found beside others, by slug; plain files are left alone', async () => {
    await written({}, 'b-sum');
    await written({}, 'a-sum');
    await writeFile(path.join(root, 'README.md'), 'x');
    expect((await readProblemPackages(root)).map((found) => found.slug)).toEqual(['a-sum', 'b-sum']);
  });
});
