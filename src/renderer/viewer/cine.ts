/** Plays slices at a rate, round and round, as far as the screen keeps up. */
export interface Cine {
  readonly isPlaying: boolean;
  /** @param perSecond slices. */
  play(perSecond: number): void;
  stop(): void;
}

/** Slices to go on by after so many ms, and the ms that are left over. */
export function cineSteps(ms: number, perSecond: number): readonly [slices: number, rest: number] {
  const slices = Math.floor((ms * perSecond) / 1000);
  return [slices, ms - (slices * 1000) / perSecond];
}

export function createCine(advance: (slices: number) => void): Cine {
  let frame = 0;
  const stop = (): void => {
    cancelAnimationFrame(frame);
    frame = 0;
  };
  return {
    get isPlaying() {
      return frame !== 0;
    },
    play(perSecond) {
      stop();
      let last = performance.now();
      const tick = (now: number): void => {
        frame = requestAnimationFrame(tick);
        const [slices, rest] = cineSteps(now - last, perSecond);
        if (slices <= 0) return;
        last = now - rest;
        advance(slices);
      };
      frame = requestAnimationFrame(tick);
    },
    stop,
  };
}
