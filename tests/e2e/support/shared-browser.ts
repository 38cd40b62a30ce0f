import { chromium, type Browser } from 'playwright-core';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the built page. */
    readonly pages: string;
    /** Address of the browser that all specs share; '' where there is none. */
    readonly browser: string;
  }
}

/**
 * The one Chromium that all specs share. Closing it closes what was opened by this call, and leaves
 * the browser to the next spec.
 */
export const sharedBrowser = (): Promise<Browser> => chromium.connect(inject('browser'));
