export { calls, type CallInput, type CallName, type CallOutput } from './calls.ts';
export { decodeMessage, encodeMessage } from './codec.ts';
export * from './entities.ts';
export * from './models.ts';
export * from './settings.ts';
export { events, type EventData, type EventName } from './events.ts';
export { FromMain, ToMain } from './messages.ts';
export { dropPath, SOCKET_PATH, thumbnailPath, volumePath } from './resources.ts';
export {
  frameKey,
  streams,
  type StreamFrame,
  type StreamInput,
  type StreamName,
  type StreamOutput,
} from './streams.ts';
