export { type Prediction } from './prediction.ts';
export { expectedCalibrationError, reliability, type ReliabilityBin } from './reliability.ts';
export {
  applyTemperature,
  calibrateMaps,
  fitTemperature,
  TEMPERATURES,
  type TemperatureFit,
} from './temperature.ts';
