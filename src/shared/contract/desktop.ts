import type { FromMain, ToMain } from './messages.ts';

/** Between the preload script and the main process of the desktop. */
export const CHANNELS = {
  /** A page listens now. */
  hello: 'marginalia:hello',
  toMain: 'marginalia:to-main',
  toPage: 'marginalia:to-page',
} as const;

/** What the preload script puts into the page, as `window.marginalia`. */
export interface DesktopApi {
  readonly post: (message: ToMain) => void;
  /** One handler: a second one takes the place of the first. */
  readonly subscribe: (handler: (message: FromMain) => void) => void;
  /** Where a dropped file lies, '' where it lies nowhere. */
  readonly pathOf: (file: File) => string;
}

/** Environment variable: the file that the application writes once the user has seen something of it. */
export const START_REPORT = 'MARGINALIA_START_REPORT';
