/**
 * Resolves when the work has ended, however it did, and after `limit` milliseconds in any case. The
 * work is not stopped.
 */
export function atMost(limit: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limit);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    work.then(end, end);
  });
}
