import type { LanguageId } from '#libs/paiza/languages.js';
import type { Language } from '../language.js';
import { bash } from './bash.js';
import { c } from './c.js';
import { cpp } from './cpp.js';
import { java } from './java.js';
import { javascript } from './javascript.js';
import { plain } from './plain.js';
import { python3 } from './python3.js';
import { ruby } from './ruby.js';

/** Every language there is. To add one: a file beside this one and a line here. */
export const languages = { c, cpp, java, python3, javascript, bash, ruby, plain } satisfies Partial<
  Record<LanguageId, Language>
>;

export const allLanguages: readonly Language[] = Object.values(languages);
