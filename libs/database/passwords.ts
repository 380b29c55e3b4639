import { hash, verify } from '@node-rs/argon2';

/** argon2id, 19 MiB, two passes: OWASP's floor, about 20 ms. Written out, so that an update of the library changes nothing. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Verified when there is no such user, so that an unknown name costs as long as a wrong password. */
let nobodysHash: Promise<string> | undefined;

/** An argon2id hash as a PHC string. */
export const hashPassword = (password: string): Promise<string> => hash(password, COST);

/** Null stands for a user who does not exist: false, after the same work. */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  nobodysHash ??= hashPassword('nobody');
  const matches = await verify(passwordHash ?? (await nobodysHash), password);
  return matches && passwordHash !== null;
}
