import { calibrateMaps } from '../../../shared/calibration/index.ts';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { Bundle } from '../../engine/bundle/bundle.ts';
import type { Predict } from '../engine/index.ts';

/**
 * The temperature that learned adapters were calibrated with.
 * @throws MarginaliaError `not-calibrated`
 */
export function temperatureOf({ version }: Bundle): number {
  const calibration = version?.lineage.calibration;
  if (calibration && calibration.outcome !== 'undetermined') return calibration.temperature;
  throw new MarginaliaError(
    'not-calibrated',
    version === null
      ? 'Only learned adapters are calibrated; none were given.'
      : `The adapters ${version.lineage.name} could not be calibrated: the slices held back did not tell.`,
    'Learn from more slices, or go on without calibration.',
  );
}

/** Predictions at a temperature: probability and doubt change, the mask does not. */
export function calibrated(predict: Predict, temperature: number): Predict {
  return async (request, signal) => {
    const frame = await predict(request, signal);
    return { ...frame, maps: frame.maps.map((maps) => calibrateMaps(maps, temperature)) };
  };
}
