export { openRoots, type Roots } from './roots.ts';
export { startWebHost, type WebHost, type WebHostOptions } from './server.ts';
