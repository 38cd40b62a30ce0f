import type { Harness } from './page.ts';

/** ms from an input to its pixels. */
export interface Timing {
  readonly what: string;
  readonly median: number;
  readonly p95: number;
}

/** Times everything, with a harness of its own making. */
export function measure(harness: Harness): Timing[] {
  const timings: Timing[] = [];
  // Frames are drawn when the bench asks for them.
  const frames: FrameRequestCallback[] = [];
  globalThis.requestAnimationFrame = (callback) => frames.push(callback);
  const size = [512, 512, 120] as const;
  const [nx, ny, nz] = size;
  const pixels = nx * ny;
  const volume = {
    grid: { size, affineLps: [0.8, 0, 0, 0, 0, 0.8, 0, 0, 0, 0, 2.5, 0, 0, 0, 0, 1] },
    data: Int16Array.from({ length: pixels * nz }, (_, n) => ((n * 7919) % 400) + (n % nx) - 300),
  };
  const disc =
    (radius: number): ((n: number) => number) =>
    (n) =>
      Math.hypot((n % nx) - nx / 2, Math.floor(n / nx) - ny / 2) / radius;
  const inDisc = disc(120);
  const slice = Uint8Array.from({ length: pixels }, (_, n) => (inDisc(n) < 1 ? 1 : 0));
  const guess = Uint8Array.from({ length: pixels }, (_, n) => (inDisc(n) < 1.1 ? 1 : 0));
  const doubt = Uint8Array.from(
    { length: pixels },
    (_, n) => 255 * Math.exp(-((inDisc(n) - 1.1) ** 2) * 60),
  );

  const container = document.querySelector<HTMLElement>('#container')!;
  for (const [layout, width, height, planes] of [
    ['one plane, 512 × 512', 912, 512, ['axial']],
    ['one plane, 824 × 712', 1224, 712, ['axial']],
    ['three planes, 824 × 712 in all', 824, 712, ['axial', 'sagittal', 'coronal']],
  ] as const) {
    container.style.width = `${planes.length === 1 ? width : width}px`;
    container.style.height = `${height}px`;
    harness.start();
    const viewer = harness.viewer!;
    for (const plane of ['axial', 'sagittal', 'coronal'] as const) {
      if (!(planes as readonly string[]).includes(plane)) harness.viewports[plane].dispose();
    }
    const gl = harness.canvas().getContext('webgl2')!;
    const one = new Uint8Array(4);
    const show = (): void => {
      for (const frame of frames.splice(0)) frame(performance.now());
      gl.readPixels(1, 1, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, one);
    };
    const time = (what: string, runs: number, work: (n: number) => void): void => {
      const taken = Array.from({ length: runs }, (_, n) => {
        const start = performance.now();
        work(n);
        show();
        return performance.now() - start;
      }).sort((a, b) => a - b);
      timings.push({
        what: `${layout}: ${what}`,
        median: taken[runs >> 1]!,
        p95: taken[Math.floor(runs * 0.95)]!,
      });
    };
    time('first picture of a volume', 1, () => viewer.setVolume(harness.viewedVolume(volume)));
    const start = performance.now();
    while (frames.length > 0) show();
    timings.push({
      what: `${layout}: whole volume on the device`,
      median: performance.now() - start,
      p95: NaN,
    });
    time('scroll, image alone', 100, (n) => viewer.setPosition([256, 256, 10 + (n % 100)]));
    const labels = new Uint8Array(pixels * nz);
    for (let k = 0; k < nz; k++) labels.set(slice, k * pixels);
    viewer.setLabels({ size, spacing: [0.8, 0.8, 2.5], data: labels });
    const suggested = { fill: 0.45, outline: 1 };
    viewer.setLabelStyles([
      { value: 1, colour: '#e06050', visible: true, fill: 0.35, outline: 1, suggested },
    ]);
    for (let k = 0; k < nz; k++) {
      viewer.setMap('suggested', k, guess);
      viewer.setMap('uncertainty', k, doubt);
    }
    viewer.setLook({
      heatmap: { opacity: 0.6, threshold: 0.05 },
    });
    while (frames.length > 0) show();
    time('scroll, labels, suggestion and doubt', 100, (n) =>
      viewer.setPosition([256, 256, 10 + (n % 100)]),
    );
    time('doubt of a slice replaced', 100, () =>
      viewer.setMap('uncertainty', viewer.scene.position[2], doubt),
    );

    const element = document.querySelector('#axial')!;
    element.setPointerCapture = () => undefined;
    viewer.setTool(
      harness.brushTool({
        shape: 'disc',
        radius: () => 9,
        act: harness.paintAct(() => ({
          name: 'Brush',
          action: 'paint',
          rules: { value: 2, locked: new Set<number>(), overwrite: 'unlocked' },
        })),
      }),
    );
    const send = (type: string, n: number): void => {
      const at = { clientX: 60 + (n % 20) * 6, clientY: 160 + Math.floor(n / 20) * 6 };
      const buttons = { pointerId: 1, button: 0, buttons: 1, bubbles: true };
      element.dispatchEvent(new PointerEvent(type, { ...at, ...buttons }));
    };
    send('pointerdown', 0);
    show();
    time('brush of 9 mm, pointer to pixels', 100, (n) => send('pointermove', n));
    time('stroke of 100 pieces ended', 1, () => send('pointerup', 100));
  }
  return timings;
}
