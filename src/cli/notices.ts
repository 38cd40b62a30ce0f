import type { EngineNotice } from '../main/engine/process/supervisor.ts';

/** Writes the engine's notices to standard error. */
export function printNotice(notice: EngineNotice): void {
  const text =
    notice.kind === 'restarted'
      ? `the engine crashed and was started again (${notice.reason})`
      : `${notice.device} failed, going on with the CPU (${notice.reason})`;
  process.stderr.write(`marginalia: warning: ${text}\n`);
}
