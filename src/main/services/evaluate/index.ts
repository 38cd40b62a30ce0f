export { type Evaluation, TOLERANCE_MM, evaluate } from './evaluate.ts';
export { type PictureEvaluation, evaluatePictures } from './evaluate-pictures.ts';
export {
  type PictureChoice,
  insideOf,
  promptedCases,
  readPromptedCase,
  sliceOfPicture,
} from './picture-cases.ts';
export {
  type CasePair,
  type LabelTruth,
  type LabelledCase,
  maskOf,
  pairCases,
  readCase,
} from './labelled-cases.ts';
