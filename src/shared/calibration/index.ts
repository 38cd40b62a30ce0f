export { type Prediction } from './prediction.ts';
export {
  expectedCalibrationError,
  pooledReliability,
  reliability,
  type ReliabilityBin,
} from './reliability.ts';
export {
  applyTemperature,
  calibrateMaps,
  FEW_SLICES,
  fitTemperature,
  TEMPERATURES,
  type TemperatureFit,
} from './temperature.ts';
