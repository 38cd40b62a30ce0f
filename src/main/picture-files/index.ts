export { pictureFileReader } from './reader.ts';
