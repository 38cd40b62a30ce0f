import {
  Box,
  Brush,
  Contrast,
  Crosshair,
  Eraser,
  Hand,
  LassoSelect,
  PaintBucket,
  Ruler,
  Sparkle,
  SunDim,
  ZoomIn,
} from '@lucide/vue';
import type { Component } from 'vue';

export type ToolId =
  | 'window'
  | 'pan'
  | 'zoom'
  | 'crosshair'
  | 'measure'
  | 'brush'
  | 'eraser'
  | 'ball'
  | 'threshold'
  | 'lasso'
  | 'fill'
  | 'accept';

export interface Tool {
  readonly id: ToolId;
  readonly title: string;
  /** One line on how to use it. */
  readonly help: string;
  readonly key: string;
  readonly icon: Component;
  /** Changes the active label. */
  readonly paints: boolean;
  /** What of it can be set. */
  readonly options: readonly ('radius' | 'range' | 'tolerance' | 'extent' | 'overwrite')[];
  /** What it paints is what the model suggests. */
  readonly takesSuggestion?: boolean;
  /** Works across slices, which have to lie on a grid. */
  readonly needsGrid?: boolean;
}

/** What the pointer does, in the order of the strip. */
export const TOOLS: readonly Tool[] = [
  {
    id: 'crosshair',
    title: 'Crosshair',
    help: 'Click to move all planes there',
    key: 'C',
    icon: Crosshair,
    paints: false,
    options: [],
  },
  {
    id: 'window',
    title: 'Window and level',
    help: 'Drag across for width, up and down for level',
    key: 'W',
    icon: Contrast,
    paints: false,
    options: [],
  },
  {
    id: 'pan',
    title: 'Pan',
    help: 'Drag the picture',
    key: 'H',
    icon: Hand,
    paints: false,
    options: [],
  },
  {
    id: 'zoom',
    title: 'Zoom',
    help: 'Drag up to zoom in',
    key: 'Z',
    icon: ZoomIn,
    paints: false,
    options: [],
  },
  {
    id: 'measure',
    title: 'Distance',
    help: 'Drag from end to end',
    key: 'D',
    icon: Ruler,
    paints: false,
    options: [],
  },
  {
    id: 'brush',
    title: 'Brush',
    help: 'Paint the active label',
    key: 'B',
    icon: Brush,
    paints: true,
    options: ['radius', 'overwrite'],
  },
  {
    id: 'eraser',
    title: 'Eraser',
    help: 'Take the active label away',
    key: 'E',
    icon: Eraser,
    paints: true,
    options: ['radius'],
  },
  {
    id: 'ball',
    title: '3-D brush',
    help: 'Paint a ball through several slices',
    key: 'G',
    icon: Box,
    paints: true,
    options: ['radius', 'overwrite'],
    needsGrid: true,
  },
  {
    id: 'threshold',
    title: 'Threshold brush',
    help: 'Paint only values within the range',
    key: 'T',
    icon: SunDim,
    paints: true,
    options: ['radius', 'range', 'overwrite'],
  },
  {
    id: 'lasso',
    title: 'Polygon and lasso',
    help: 'Click corners or drag; close with a double click',
    key: 'P',
    icon: LassoSelect,
    paints: true,
    options: ['overwrite'],
  },
  {
    id: 'fill',
    title: 'Flood fill',
    help: 'Fill what is connected and of like value',
    key: 'F',
    icon: PaintBucket,
    paints: true,
    options: ['tolerance', 'extent', 'overwrite'],
  },
  {
    id: 'accept',
    title: 'Accept region',
    help: 'Take the suggestion inside a lasso',
    key: 'X',
    icon: Sparkle,
    paints: true,
    options: [],
    takesSuggestion: true,
  },
];

export const toolOf = (id: ToolId): Tool => TOOLS.find((tool) => tool.id === id)!;
