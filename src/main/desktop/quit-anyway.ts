import { dialog, type BrowserWindow } from 'electron';
import { atMost } from '../../shared/at-most.ts';

/** A large export takes tens of seconds; a network drive that is gone takes for ever. */
const PATIENCE_MS = 20_000;

/**
 * Resolves when the work has ended, or when the user does not want to wait for it any longer.
 * @param window above which the user is asked, again and again while the work lasts.
 */
export async function endedOrGivenUp(window: BrowserWindow, work: Promise<void>): Promise<void> {
  const ended = new AbortController();
  // Whatever comes of it: closing goes on.
  const settled = work.catch(() => undefined).then(() => ended.abort());
  while (!ended.signal.aborted) {
    await atMost(PATIENCE_MS, settled);
    if (ended.signal.aborted || window.isDestroyed()) break;
    const { response } = await dialog.showMessageBox(window, {
      type: 'warning',
      message: 'Something is still being written.',
      detail:
        'If it does not end (a drive that is gone, a full disk), quit anyway: what was shown as saved is safe, an export that is under way is lost.',
      buttons: ['Wait', 'Quit anyway'],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
      // Closes the question when it has answered itself.
      signal: ended.signal,
    });
    if (response === 1 && !ended.signal.aborted) return;
  }
  await settled;
}
