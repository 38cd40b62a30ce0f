export { pearson, spearman } from './correlation.ts';
export { dice, nsd, outlinesNear, volumeMl, type Mask } from './overlap.ts';
