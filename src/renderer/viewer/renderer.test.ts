import { afterEach, expect, it, vi } from 'vitest';
import { createRenderer } from './renderer.ts';

afterEach(() => vi.unstubAllGlobals());

it.each([
  ['a browser', false, /allow hardware acceleration/],
  ['a window of the desktop', true, /marginalia start --browser/],
])('without WebGL 2, %s is told what can be done there', (_, isDesktop, hint) => {
  if (isDesktop) vi.stubGlobal('marginalia', {});
  const canvas = { getContext: () => null } as unknown as HTMLCanvasElement;
  const start = (): unknown =>
    createRenderer(canvas, { onLost: () => undefined, onRestored: () => undefined });
  expect(start).toThrow(
    expect.objectContaining({ code: 'no-webgl2', hint: expect.stringMatching(hint) as string }),
  );
});
