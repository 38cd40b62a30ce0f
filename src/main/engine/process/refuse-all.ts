import { toErrorInfo, type MarginaliaError } from '../../../shared/errors.ts';
import { toEngineSchema } from './protocol.ts';
import type { EnginePort } from './serve.ts';

/** Answers whatever is asked with why this engine can do nothing. */
export function refuseAll(port: EnginePort, problem: MarginaliaError): void {
  const error = toErrorInfo(problem);
  port.onMessage((raw) => {
    const message = toEngineSchema.parse(raw);
    if ('call' in message) port.send({ type: 'failed', call: message.call, error });
    else if (message.type === 'predict') {
      port.send({ type: 'refused', id: message.request.id, error });
    } else if (message.type === 'learn') port.send({ type: 'refused', id: message.id, error });
  });
}
