import { randomBytes } from 'node:crypto';

/** 22 URL-safe characters, as paiza's. */
export const newRunId = () => randomBytes(16).toString('base64url');

export const isRunId = (text: string) => /^[\w-]{22}$/.test(text);
