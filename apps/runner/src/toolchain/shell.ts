/** One word for a POSIX shell, whatever it holds. */
export const shellQuoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
