export { type Models, createModels } from './models.ts';
export { isReadable, requireReadable } from './readable.ts';
export { nameVariant } from './name-variant.ts';
export {
  type AdapterVersion,
  createVersion,
  requireNoVersion,
  writeVersion,
} from './version-files.ts';
export { type VersionShelf, describe, versionShelf } from './versions.ts';
