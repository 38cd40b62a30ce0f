export { examineMachine, onnxRuntimeVersion } from './doctor.ts';
export { type EngineRoom, jobEngine, openEngineRoom } from './engine-room.ts';
export { type JobEngine, type Predict, withEngine } from './engine.ts';
