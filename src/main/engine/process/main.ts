/** The engine process: ONNX Runtime blocks its thread, so it has a process of its own. */
import { readEngineBundle } from './read-bundle.ts';
import { processPort } from './process-port.ts';
import { serveEngine } from './serve.ts';
import { utilityPort } from './utility-port.ts';

serveEngine(utilityPort() ?? processPort(), readEngineBundle);
