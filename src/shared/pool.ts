/**
 * Works through items, at most `limit` at a time. The first error is thrown once everything under
 * way has ended, and nothing new is begun after it.
 *
 * Written here because p-map and p-queue do one or the other: after an error p-map either rejects
 * while calls under way go on behind the caller's back (they write into a workspace that may be
 * closed by then), or begins all other items first.
 * @returns the results in the order of the items.
 */
export async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const errors: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && errors.length === 0) {
      const at = next++;
      try {
        results[at] = await work(items[at]!, at);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (errors.length > 0) throw errors[0];
  return results;
}
