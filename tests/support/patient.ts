/**
 * For `expect.poll` and `vi.waitFor`: how long something may take to come is no test's matter. What
 * never comes fails here, with what was missing, before the test's own limit.
 */
export const PATIENT = { timeout: 100_000 };
