import { utilityProcess } from 'electron';
import { collectLastWords, type EngineSpawner } from '../engine/process/spawn.ts';
import { TAKEN } from '../engine/process/utility-port.ts';
import { toCloneable } from '../../shared/cloneable.ts';

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
    const lastWords = collectLastWords(child.stderr);
    let isGone = false;
    let isUnwanted = false;
    /** What V8 died of, memory mostly. Nobody listening would be an exception here. */
    let fatal = '';
    child.on('error', (type, location) => (fatal = `${type} in ${location}`));
    // Before it has spawned, a utility process cannot be killed (electron#44009).
    child.once('spawn', () => isUnwanted && child.kill());
    return {
      send: (message) => {
        if (!isGone) child.postMessage(toCloneable(message));
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
          void lastWords.rest().then((words) => {
            listener([`exit code ${code}`, fatal, words].filter(Boolean).join(': '));
          });
        });
      },
      kill() {
        isUnwanted = true;
        child.kill();
      },
    };
  };
}
