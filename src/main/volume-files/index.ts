export { IMAGE_FILE } from './open-volume-file.ts';
export { readImage } from './read-image.ts';
export { volumeFileReader } from './reader.ts';
