/** Does the work now and again every `everyMs`, skipping while it is still under way. Returns what ends it. */
export function every(everyMs: number, work: () => Promise<void>, onError: (error: unknown) => void): () => void {
  let working = false;
  const tick = () => {
    if (working) return;
    working = true;
    work()
      .catch(onError)
      .finally(() => (working = false));
  };
  const timer = setInterval(tick, everyMs);
  tick();
  return () => clearInterval(timer);
}
