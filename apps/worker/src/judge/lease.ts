import { randomUUID } from 'node:crypto';

/** Another worker owns the judgement now, or it is over. Whoever sees this writes nothing more and stops. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';

  constructor(judgementId: bigint) {
    super(`The lease of judgement ${judgementId} is lost.`);
  }
}

/** The right to judge one judgement. The token is the guard of every write; the time is the database's. */
export interface Lease {
  readonly judgementId: bigint;
  readonly token: string;
}

export const newLease = (judgementId: bigint): Lease => ({ judgementId, token: randomUUID() });

/** Calls `renew` three times per lease length until stopped; `onLost` when the lease turns out to be lost. */
export function keepRenewed(leaseMs: number, renew: () => Promise<void>, onLost: (error: unknown) => void): () => void {
  let renewing = false;
  const timer = setInterval(() => {
    // A slow database must not pile up renewals.
    if (renewing) return;
    renewing = true;
    renew()
      .catch(onLost)
      .finally(() => (renewing = false));
  }, leaseMs / 3);
  return () => clearInterval(timer);
}
