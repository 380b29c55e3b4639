/** Throws the signal's reason at once, whatever the work does then; what comes of it later goes to `onLate`. */
export function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  onLate: (result: T) => void = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    let left = false;
    const leave = () => {
      left = true;
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    work
      .then((result) => (left ? onLate(result) : resolve(result)), reject)
      .finally(() => signal.removeEventListener('abort', leave));
  });
}
