export type { Host } from './host.ts';
export { isWithin } from './is-within.ts';
export { type Paths, allowedPaths } from './paths.ts';
export type {
  Announcement,
  CallHandlers,
  Session,
  StreamContext,
  StreamHandlers,
} from './session.ts';
export { type SettingsService, createSettings } from './settings.ts';
export { pageHeaders } from './page-headers.ts';
