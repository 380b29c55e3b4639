import { commandLine } from './language.js';
import { allLanguages, languages } from './languages/index.js';
import { MIB } from './units.js';

describe('The command line', () => {
  it('holds the memory of the program wherever a row asks for it', () => {
    expect(commandLine(['java', '-Xmx{memoryMiB}m', '-Xms{memoryMiB}m', 'Main'], 256 * MIB)).toEqual([
      'java',
      '-Xmx256m',
      '-Xms256m',
      'Main',
    ]);
  });

  it('asks for whole mebibytes, at least one, and never for more than there are', () => {
    expect(commandLine(['x', '{memoryMiB}'], 3 * MIB - 1)).toEqual(['x', '2']);
    expect(commandLine(['x', '{memoryMiB}'], 1000)).toEqual(['x', '1']);
  });

  it('leaves no placeholder in any row', () => {
    const commands = allLanguages.flatMap(({ build, run }) => [run, ...(build ? [build] : [])]);
    const words = commands.flatMap((command) => commandLine(command, 64 * MIB));
    expect(words.filter((word) => /\{\w+\}/.test(word))).toEqual([]);
  });
});

it('knows each language by its own id', () => {
  expect(Object.entries(languages).map(([id, row]) => [id, row.id])).toEqual(
    Object.keys(languages).map((id) => [id, id]),
  );
});
