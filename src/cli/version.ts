import packageJson from '../../package.json' with { type: 'json' };

/** Of this application, as provenance records it. */
export const VERSION: string = packageJson.version;
