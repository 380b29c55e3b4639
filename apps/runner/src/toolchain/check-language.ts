import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inTree } from './in-tree.js';
import { commandLine, type Language } from './language.js';
import { ToolchainError } from './toolchain.js';
import { MIB } from './units.js';

const MEMORY_BYTES = 256 * MIB;

/** Builds and runs the self-test in a tree and tells the language's version. Throws ToolchainError when it is broken. */
export async function checkLanguage(root: string, language: Language): Promise<string> {
  const asked = await inTree(root, commandLine(language.versionCommand, MEMORY_BYTES));
  const version = /\d+(\.\d+)+/.exec(asked.stdout + asked.stderr)?.[0];
  if (version === undefined) throw broken(language, `does not tell its version: ${asked.stdout}${asked.stderr}`);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-self-test-'));
  try {
    await passSelfTest(root, language, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return version;
}

async function passSelfTest(root: string, language: Language, folder: string): Promise<void> {
  const { build, run, selfTest } = language;
  writeFileSync(path.join(folder, language.sourceFile), selfTest.source);
  if (build !== null) {
    const built = await inTree(root, commandLine(build, language.needs.buildMemoryBytes), folder);
    if (built.code !== 0) throw broken(language, `does not build: ${built.stdout}${built.stderr}`);
  }
  const { code, stdout, stderr } = await inTree(root, commandLine(run, MEMORY_BYTES), folder, selfTest.input);
  if (code !== 0) throw broken(language, `ends with ${code}: ${stderr}`);
  if (stdout !== selfTest.output) throw broken(language, `prints ${JSON.stringify(stdout)}`);
}

const broken = ({ id }: Language, what: string) =>
  new ToolchainError('LANGUAGE_BROKEN', `the self-test of ${id} ${what.trim().slice(0, 2000)}`);
