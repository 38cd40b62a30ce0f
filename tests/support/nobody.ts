/** A user who owns nothing. */
const NOBODY = 65_534;

/**
 * Does something with the rights of a user who may not do everything: where this process runs as root,
 * it gives up those rights meanwhile.
 */
export async function asNobody(work: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid!(NOBODY);
  try {
    await work();
  } finally {
    process.seteuid!(0);
  }
}
