export { type Evaluation, TOLERANCE_MM, evaluate } from './evaluate.ts';
export {
  type CasePair,
  type LabelTruth,
  type LabelledCase,
  maskOf,
  pairCases,
  readCase,
} from './labelled-cases.ts';
