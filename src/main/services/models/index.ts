export { downloadModel } from './download/download-model.ts';
export { readOffer } from './download/offer.ts';
export { PUBLISHED, VOCABULARY } from './download/published.ts';
export { addModel } from './library/add-model.ts';
export { createLibrary } from './library/library.ts';
export { measureModel } from './library/measure-model.ts';
export { makeDefault, removeModel } from './library/remove-model.ts';
export { cardOf, summariseModels } from './library/summarise.ts';
export { type Models, createModels } from './models.ts';
export { isReadable, requireReadable } from './readable.ts';
export { requireTrained } from './trained.ts';
export { nameVariant } from './name-variant.ts';
export {
  type AdapterVersion,
  createVersion,
  requireNoVersion,
  writeVersion,
} from './version-files.ts';
export { type VersionShelf, describe, versionShelf } from './versions.ts';
