// @ts-check
/**
 * The thread in which suggestions are joined with what annotated slices say. It answers requests one
 * after another.
 *
 * @import { ThreadRequest } from './join-thread.ts'
 */
import { existsSync } from 'node:fs';
import { URL } from 'node:url';
import { parentPort } from 'node:worker_threads';

// A thread of Node 20 cannot be started from TypeScript sources, but it can learn to read them.
if (existsSync(new URL('./join-requests.ts', import.meta.url))) {
  const { register } = await import('tsx/esm/api');
  register();
}
const { createAnswers } = await import('./join-requests.ts');

const answer = createAnswers();
parentPort?.on('message', (/** @type {ThreadRequest} */ message) => {
  const { request } = message;
  try {
    parentPort?.postMessage({ request, result: answer(message) });
  } catch (error) {
    parentPort?.postMessage({ request, error });
  }
});
