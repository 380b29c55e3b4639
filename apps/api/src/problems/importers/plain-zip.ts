import { badRequest } from '../../common/errors.js';
import { isStorable } from '../../common/fields.js';
import type { NewTestCase } from '../content.js';
import { MOST_TEST_CASES } from '../problems.dto.js';
import type { Importer } from './importer.js';
import { type ProblemYaml, readProblemYaml } from './problem-yaml.js';
import { type ZipArchive, zipInvalid, zipTooLarge } from './zip-archive.js';

const TEXT_LIMIT_BYTES = 2 * 1024 * 1024;
const naturally = new Intl.Collator('en', { numeric: true });
const inOrder = (a: string, b: string) => naturally.compare(a, b) || (a < b ? -1 : 1);

/**
 * `*.in` with `*.out` or `*.ans` of the same name, anywhere, or only in `data/sample` and `data/secret` where there are such
 * folders (validators' own examples lie elsewhere). A folder named `sample` marks samples. Besides: `problem.yaml`, and the
 * statement in `statement.md` or `problem.md`.
 */
export const plainZip: Importer = async (archive) => {
  const yaml = await problemYaml(archive);
  const pairs = findPairs(archive.paths);
  const testCases: NewTestCase[] = [];
  for (const { stem, input, answer } of pairs) {
    testCases.push({
      name: nameOf(stem),
      sample: isSample(stem),
      input: await archive.content(input),
      answer: await archive.content(answer),
    });
  }
  const statement = yaml.settings.statement ?? (await statementFile(archive));
  const settings = statement === undefined ? yaml.settings : { ...yaml.settings, statement };
  return { slug: yaml.slug, settings, testCases, warnings: yaml.warnings };
};

interface Pair {
  readonly stem: string;
  readonly input: string;
  readonly answer: string;
}

function findPairs(all: readonly string[]): Pair[] {
  const paths = testDataPaths(all);
  const inputs = paths.filter((path) => path.endsWith('.in'));
  const answers = paths.filter((path) => /\.(out|ans)$/.test(path));
  if (inputs.length === 0) {
    throw badRequest('PROBLEM_ZIP_NO_TEST_CASES', 'The zip holds no .in file. Add pairs such as 1.in and 1.out.');
  }
  if (inputs.length > MOST_TEST_CASES) throw zipTooLarge(`The zip has more than ${MOST_TEST_CASES} test cases.`);
  const present = new Set(paths);
  const pairs = inputs.map((input) => pairOf(input, present));
  const paired = new Set(pairs.map(({ answer }) => answer));
  const lonely = answers.find((path) => !paired.has(path));
  if (lonely !== undefined) throw unpaired(`${lonely} has no .in file, or a second answer beside it`);
  return pairs.toSorted((a, b) => inOrder(a.stem, b.stem));
}

function pairOf(input: string, present: ReadonlySet<string>): Pair {
  const stem = input.slice(0, -'.in'.length);
  const answer = [`${stem}.out`, `${stem}.ans`].find((path) => present.has(path));
  if (answer === undefined) throw unpaired(`${input} has neither .out nor .ans`);
  return { stem, input, answer };
}

function testDataPaths(paths: readonly string[]): readonly string[] {
  const inDataFolders = paths.filter((path) => /(^|\/)data\/(sample|secret)\//.test(path));
  return inDataFolders.some((path) => path.endsWith('.in')) ? inDataFolders : paths;
}

const unpaired = (what: string) =>
  badRequest('PROBLEM_ZIP_UNPAIRED', `${what}. Every input needs exactly one answer of the same name.`);

const isSample = (stem: string) => stem.split('/').slice(0, -1).includes('sample');
const nameOf = (stem: string) => stem.replace(/^.*\b(sample|secret)\//, '$1/').slice(-200);

async function problemYaml(archive: ZipArchive): Promise<ProblemYaml> {
  const path = shallowest(archive, /(^|\/)problem\.ya?ml$/);
  if (path === undefined) return { slug: null, settings: {}, warnings: [] };
  return readProblemYaml(path, await text(archive, path));
}

async function statementFile(archive: ZipArchive): Promise<string | undefined> {
  const path = shallowest(archive, /(^|\/)(statement|problem)\.md$/);
  return path === undefined ? undefined : text(archive, path);
}

/** Packages are often packed with the folder they lay in. */
function shallowest(archive: ZipArchive, pattern: RegExp): string | undefined {
  const found = archive.paths.filter((path) => pattern.test(path));
  return found.toSorted((a, b) => a.split('/').length - b.split('/').length || inOrder(b, a))[0];
}

async function text(archive: ZipArchive, path: string): Promise<string> {
  if (archive.sizeBytes(path) > TEXT_LIMIT_BYTES) throw zipTooLarge(`${path} is larger than 2 MiB.`);
  const bytes = await archive.read(path);
  const decoded = bytes.toString('utf8');
  if (!Buffer.from(decoded, 'utf8').equals(bytes) || !isStorable(decoded))
    throw zipInvalid(`${path} is not UTF-8 text.`);
  return decoded.replace(/^\ufeff/, '');
}
