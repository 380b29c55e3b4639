import type { Importer } from './importer.js';
import { plainZip } from './plain-zip.js';

/** Every format that can be imported. To add one: a file beside this one and a line here. */
export const importers = { 'plain-zip': plainZip } satisfies Record<string, Importer>;

export type ImportFormat = keyof typeof importers;
export const DEFAULT_FORMAT: ImportFormat = 'plain-zip';
export const isImportFormat = (name: string): name is ImportFormat => Object.hasOwn(importers, name);
