import { MarginaliaError } from '../../../shared/errors.ts';
import type { Bundle } from '../../engine/bundle/bundle.ts';

/**
 * Before anything is suggested: adapters that learned nothing yet outline anything.
 * @throws MarginaliaError `untrained-model`
 */
export function requireTrained({ json, version }: Pick<Bundle, 'json' | 'version'>): void {
  if (json.untrained !== true || version !== null) return;
  throw new MarginaliaError(
    'untrained-model',
    `The model ${json.name} has the published towers, but adapters that have learned nothing yet: it cannot suggest.`,
    'Annotate some slices (four or more) and let it learn; it suggests once that version is kept. Or choose another model.',
  );
}
