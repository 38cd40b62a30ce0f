export { groupBy } from '../../shared/group-by.ts';
