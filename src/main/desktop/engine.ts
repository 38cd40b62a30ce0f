import { utilityProcess } from 'electron';
import { lastWordsOf, type EngineSpawner } from '../engine/process/spawn.ts';
import { TAKEN } from '../engine/process/utility-port.ts';

/**
 * Engines as utility processes of Electron, which shows them under their name.
 * @param entry path of the engine's built main module.
 */
export function utilityEngine(entry: string): EngineSpawner {
  return () => {
    const child = utilityProcess.fork(entry, [], {
      serviceName: 'Marginalia engine',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const lastWords = lastWordsOf(child.stderr);
    let isGone = false;
    return {
      send: (message) => {
        if (!isGone) child.postMessage(message);
      },
      onMessage(listener) {
        child.on('message', (message: unknown) => {
          if (!isGone) child.postMessage(TAKEN);
          listener(message);
        });
      },
      onExit(listener) {
        child.once('exit', (code) => {
          isGone = true;
          const words = lastWords();
          listener(`exit code ${code}${words === '' ? '' : `: ${words}`}`);
        });
      },
      kill: () => void child.kill(),
    };
  };
}
