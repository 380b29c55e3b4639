import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ProblemPackageError } from './problem-package-error.js';

export interface PackagedTestCase {
  readonly name: string;
  readonly input: Buffer;
  readonly answer: Buffer;
  readonly sample: boolean;
}

/** What `data/generate.mjs` yields. */
export interface GeneratedTestCase {
  readonly name: string;
  readonly input: string | Uint8Array;
  readonly answer: string | Uint8Array;
  readonly sample?: boolean;
}

/** The files and the generated test cases of a `data` folder, in judging order: samples first, then by name. */
export async function readTestCases(folder: string): Promise<PackagedTestCase[]> {
  const testCases = [
    ...(await readPairs(path.join(folder, 'sample'), true)),
    ...(await readPairs(path.join(folder, 'secret'), false)),
    ...(await generate(path.join(folder, 'generate.mjs'))),
  ];
  const inOrder = testCases.toSorted((a, b) => Number(b.sample) - Number(a.sample) || compareNames(a.name, b.name));
  refuseDoubleNames(inOrder, folder);
  if (!inOrder.some((testCase) => !testCase.sample)) {
    throw new ProblemPackageError(
      'PROBLEM_PACKAGE_NO_TEST_CASES',
      `${folder} holds no secret test case. Add secret/<name>.in and secret/<name>.ans.`,
    );
  }
  return inOrder;
}

/** By code unit, not by locale: the order of judging must be the same on every machine. */
const compareNames = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

async function readPairs(folder: string, sample: boolean): Promise<PackagedTestCase[]> {
  const files = await namesIn(folder);
  const unknown = files.find((file) => !file.endsWith('.in') && !file.endsWith('.ans'));
  if (unknown !== undefined) {
    throw new ProblemPackageError(
      'PROBLEM_PACKAGE_UNKNOWN_FILE',
      `${path.join(folder, unknown)} is neither .in nor .ans. Rename or remove it.`,
    );
  }
  const names = new Set(files.map((file) => path.parse(file).name));
  return Promise.all([...names].map((name) => readPair(folder, name, sample)));
}

async function readPair(folder: string, name: string, sample: boolean): Promise<PackagedTestCase> {
  const half = (extension: string) => readHalf(path.join(folder, name + extension));
  return { name, input: await half('.in'), answer: await half('.ans'), sample };
}

async function readHalf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const message = `${file} is missing. A test case is a pair of an .in and an .ans file.`;
    throw new ProblemPackageError('PROBLEM_PACKAGE_UNPAIRED_TEST_CASE', message, { cause: error });
  }
}

/** Big inputs are made when they are needed, so that the repository stays small. Runs the package's own code. */
async function generate(file: string): Promise<PackagedTestCase[]> {
  if (!(await isThere(file))) return [];
  const generator = (await import(pathToFileURL(file).href)) as { default?: () => AsyncIterable<GeneratedTestCase> };
  if (typeof generator.default !== 'function') {
    throw new ProblemPackageError('PROBLEM_PACKAGE_GENERATOR_INVALID', `${file} must export an async generator.`);
  }
  const testCases: PackagedTestCase[] = [];
  for await (const { name, input, answer, sample = false } of generator.default()) {
    testCases.push({ name, input: Buffer.from(input as string), answer: Buffer.from(answer as string), sample });
  }
  return testCases;
}

function refuseDoubleNames(testCases: readonly PackagedTestCase[], folder: string): void {
  const seen = new Set<string>();
  for (const { name } of testCases) {
    if (seen.has(name)) {
      throw new ProblemPackageError('PROBLEM_PACKAGE_NAME_TAKEN', `${folder} has two test cases named ${name}.`);
    }
    seen.add(name);
  }
}

/** Empty for a folder that is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await isThere(folder)) ? (await readdir(folder)).toSorted() : [];
}

async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
