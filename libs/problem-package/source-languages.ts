import type { LanguageId } from '#libs/paiza/languages.js';

/** The language of an example submission, by the extension of its file. */
export const sourceLanguages = {
  '.c': 'c',
  '.cpp': 'cpp',
  '.java': 'java',
  '.py': 'python3',
  '.js': 'javascript',
  '.sh': 'bash',
  '.rb': 'ruby',
  '.txt': 'plain',
} as const satisfies Record<string, LanguageId>;

export type SourceExtension = keyof typeof sourceLanguages;
export const isSourceExtension = (extension: string): extension is SourceExtension =>
  Object.hasOwn(sourceLanguages, extension);
