// What Electron gives a utility process, in a child process of Node; then the module itself.
import { EventEmitter } from 'node:events';
import process from 'node:process';

process.parentPort = Object.assign(new EventEmitter(), {
  postMessage: (message) => process.send(message),
});
process.on('disconnect', () => process.exit());
await import(process.argv[2]);
process.on('message', (data) => process.parentPort.emit('message', { data }));
