export { dice, nsd, volumeMl, type Mask } from './overlap.ts';
