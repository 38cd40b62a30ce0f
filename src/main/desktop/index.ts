export { startDesktop, type DesktopOptions } from './app.ts';
