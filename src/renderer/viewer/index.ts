/**
 * Slices of a volume with its labels, a suggestion and the doubt about it, drawn by WebGL 2; no
 * framework. A viewer fills a container; each viewport shows the slices across one axis of the volume in an element within it.
 *
 *   camera      screen ↔ plane ↔ slice ↔ voxel        renderer    textures, shader, one context
 *   scene       what is looked at                      viewport    one view: input, picture, marks
 *   tools/      pointer and pen → calls of shared/edit  viewer      all of it together
 */
export { createViewer, type Viewer, type ViewerEvents } from './viewer.ts';
export {
  bytesOf,
  channelsOf,
  viewedVolume,
  type PixelArray,
  type ViewedImage,
} from './viewed-image.ts';
export type { Viewport } from './viewport.ts';
export type { LabelStyle } from './label-palette.ts';
export type { Look } from './picture.ts';
export type { Measurement, Readout } from './scene.ts';
export type { Tool } from './tools/tool.ts';
export { paintAct, type Act, type PaintSettings } from './tools/act.ts';
export { brushTool, type BrushOptions, type StrokePreparation } from './tools/brush.ts';
export { floodTool, type FloodToolOptions } from './tools/flood.ts';
export { measureTool } from './tools/measure.ts';
export { crosshairTool, draggedWindow, panTool, windowTool, zoomTool } from './tools/navigate.ts';
export { outlineTool } from './tools/outline.ts';
