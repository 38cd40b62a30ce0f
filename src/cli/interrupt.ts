/**
 * A signal that the first Ctrl-C aborts, so that work under way stops cleanly and leaves nothing
 * half-written; a second one ends the process at once.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    controller.abort();
    process.once('SIGINT', () => process.exit(130));
  });
  return controller.signal;
}
