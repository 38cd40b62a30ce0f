import { setImmediate } from 'node:timers/promises';

/** Lets everything else that waits have its turn: the main loop serves the window. */
export const breathe = (): Promise<void> => setImmediate();

/** Voxels looked at before others have their turn: about a millisecond. */
const PIECE = 2 ** 20;

/** Works through a long array without holding up the loop. */
export async function inPieces(
  length: number,
  work: (from: number, to: number) => void,
): Promise<void> {
  for (let from = 0; from < length; from += PIECE) {
    work(from, Math.min(length, from + PIECE));
    await breathe();
  }
}
