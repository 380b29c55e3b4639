import { createHash, randomBytes } from 'node:crypto';

/** 43 characters of base64url: 256 bits. */
const TOKEN_BYTES = 32;

export const newToken = () => randomBytes(TOKEN_BYTES).toString('base64url');

/** How a token is kept. Tokens are random and long, so a plain hash is enough; a copy of the database opens no session. */
export const hashToken = (token: string) => createHash('sha256').update(token).digest('hex');
