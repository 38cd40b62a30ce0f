export { examineMachine, onnxRuntimeVersion } from './doctor.ts';
export { type SharedEngine, jobEngine, openSharedEngine } from './shared-engine.ts';
export { type JobEngine, type Predict, withEngine } from './engine.ts';
