/** Work that is under way for longer is given up: a query or a run that was lost must not stop what is done again and again. */
const GIVE_UP_MS = 20_000;

/**
 * Does the work now and again after each pause, skipping while it is still under way. Returns what ends it.
 * The pause, in milliseconds, is asked for anew each time.
 */
export function every(pauseMs: () => number, work: () => Promise<void>, onError: (error: unknown) => void): () => void {
  let startedAt: number | null = null;
  let timer: NodeJS.Timeout;
  const beat = () => {
    timer = setTimeout(beat, pauseMs());
    const now = performance.now();
    if (startedAt !== null && now - startedAt < GIVE_UP_MS) return;
    if (startedAt !== null) onError(new Error(`No end after ${GIVE_UP_MS} ms; begun anew.`));
    startedAt = now;
    work()
      .catch(onError)
      .finally(() => {
        if (startedAt === now) startedAt = null;
      });
  };
  beat();
  return () => clearTimeout(timer);
}
