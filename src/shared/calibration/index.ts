export { type Prediction } from './prediction.ts';
export { expectedCalibrationError, reliability, type ReliabilityBin } from './reliability.ts';
export {
  applyTemperature,
  calibrateMaps,
  FEW_SLICES,
  fitTemperature,
  TEMPERATURES,
  type TemperatureFit,
} from './temperature.ts';
