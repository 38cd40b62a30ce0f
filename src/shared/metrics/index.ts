export { dice, nsd, outlinesNear, volumeMl, type Mask } from './overlap.ts';
