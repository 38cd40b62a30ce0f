import type { FromWorker, ToWorker } from './worker-messages.ts';
import { createSurfaceSource, type SurfaceSource } from './surfaces.ts';

/** The thread of surfaces. */
const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, give: Transferable[]): void;
};
const say = (message: FromWorker, give: Transferable[] = []): void =>
  scope.postMessage(message, give);
let source: SurfaceSource | undefined;

// vtk.js writes how long its marching cubes took.
Object.assign(console, { time: () => undefined, timeEnd: () => undefined });

scope.onmessage = ({ data }) => {
  if (data.kind === 'volume') source = createSurfaceSource(data.grid, data.most);
  else if (data.kind === 'slice') source?.setSlice(data.index, data.labels);
  else answer(data.value);
};

function answer(value: number): void {
  try {
    const mesh = source?.surfaceOf(value) ?? null;
    const give = mesh ? [mesh.points.buffer, mesh.normals.buffer, mesh.triangles.buffer] : [];
    say({ kind: 'surface', value, mesh }, give as ArrayBuffer[]);
  } catch (error) {
    say({ kind: 'failed', value, message: String(error) });
  }
}
