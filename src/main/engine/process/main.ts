/** The engine process: ONNX Runtime blocks its thread, so it runs in a separate process. */
import { release } from 'node:os';
import { endOnUnhandledRejection } from './end-on-rejection.ts';
import { processPort } from './process-port.ts';
import { refuseAll } from './refuse-all.ts';
import { runtimeProblem } from './runtime-problem.ts';
import { utilityPort } from './utility-port.ts';

endOnUnhandledRejection();
const port = utilityPort() ?? processPort();
try {
  // These load ONNX Runtime, whose libraries this system may lack.
  const { serveEngine } = await import('./serve.ts');
  const { readEngineBundle } = await import('./read-bundle.ts');
  serveEngine(port, readEngineBundle);
} catch (error) {
  const { platform, arch } = process;
  refuseAll(port, runtimeProblem(error, { platform, arch, release: release() }));
}
