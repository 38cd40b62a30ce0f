export { dice, nsd, sliceNsd, volumeMl, type Mask } from './overlap.ts';
