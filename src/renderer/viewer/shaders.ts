import type { SamplerPrefix } from './slice-texture.ts';

/** One triangle that covers the viewport. */
export const VERTEX_SHADER = `#version 300 es
void main() {
  vec2 corner = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

/**
 * What a shader can do. Each choice has a shader of its own: software devices take the time of code
 * that is there even where it is not run.
 */
export interface ShaderOptions {
  /** Of the image's texture. */
  readonly sampler: SamplerPrefix;
  /** Red, green and blue in place of grey values. */
  readonly coloured: boolean;
  /** Whether slices may be missing. */
  readonly loading: boolean;
  /** Image and maps are interpolated within the slice. */
  readonly interpolated: boolean;
  readonly labels: boolean;
  readonly suggestion: boolean;
  readonly doubt: boolean;
}

/**
 * A slice: from a device pixel to a position in pixels [u, v] of the plane, from there to the grey
 * of the image in its window, or its colour, and over it label areas, doubt, suggestions and label borders.
 * Textures are read texel by texel.
 */
export const fragmentShader = (options: ShaderOptions): string => `#version 300 es
precision highp float;
precision highp int;
precision highp ${options.sampler}sampler2D;
precision highp usampler2D;

uniform ${options.sampler}sampler2D image;
uniform usampler2D arrival, labels, suggested, uncertainty;
uniform sampler2D palette, heatColours;

uniform ivec2 size;
// Top left corner of the viewport in the canvas, y upwards; position there, and its change from a
// pixel to the next, rightwards and downwards.
uniform vec2 corner, origin, perX, perY;
// The slice along the third axis is slice.x + slice.y · v.
uniform ivec2 slice;

uniform vec2 grey; // Value that is black, and 1 / range (negative where it falls to white).
uniform float lineWidth; // Pixels.
uniform float hatch; // Pixels that a unit of the hatching takes.
uniform vec2 heat; // Opacity, and the doubt from which it is drawn, as part of the scale.
uniform vec3 background;

out vec4 colour;

bool isInside(ivec2 p) {
  return all(greaterThanEqual(p, ivec2(0))) && all(lessThan(p, size));
}

ivec2 nearest(vec2 at) {
  return ivec2(floor(at + 0.5));
}

float blend(vec4 corners, vec2 part) {
  vec2 rows = mix(corners.xz, corners.yw, part.x);
  return mix(rows.x, rows.y, part.y);
}

const vec2 AROUND[4] = vec2[4](vec2(1, 0), vec2(0, 1), vec2(-1, 0), vec2(0, -1));

// A line's width from a place.
vec2 beside(vec2 at, int n) {
  vec2 by = AROUND[n] * lineWidth;
  return at + by.x * perX + by.y * perY;
}

${options.coloured ? colourFunction(options) : sampleFunction('image', 'float(texelFetch(image, p, 0).r)', options)}
${options.labels ? LABELS : ''}
${options.suggestion ? suggestionFunctions(options) : ''}
${options.doubt ? sampleFunction('uncertainty', 'float(texelFetch(uncertainty, p, 0).r) / 255.0', options) : ''}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x - corner.x, corner.y - gl_FragCoord.y);
  vec2 at = origin + pixel.x * perX + pixel.y * perY;
  ivec2 voxel = nearest(at);
  if (!isInside(voxel)) {
    colour = vec4(background, 1.0);
    return;
  }
${options.loading ? drawMissing(options) : ''}${options.coloured ? DRAW_COLOUR : DRAW_GREY}${options.labels ? DRAW_AREA : ''}${options.doubt ? DRAW_DOUBT : ''}${options.suggestion ? DRAW_SUGGESTION : ''}${options.labels ? DRAW_BORDER : ''}
  colour = vec4(shown, 1.0);
}`;

const DRAW_GREY = `  float value = imageSample(at);
  vec3 shown = vec3(isnan(value) ? 0.0 : clamp((value - grey.x) * grey.y, 0.0, 1.0));
`;

const DRAW_COLOUR = `  vec3 shown = imageSample(at);
`;

/** Slices that have not come are hatched: their voxels have no value, not zero. */
const drawMissing = ({ interpolated }: ShaderOptions): string => `
  ivec2 between = ${interpolated ? 'ivec2(floor(at.y), ceil(at.y))' : 'voxel.yy'};
  int above = slice.x + slice.y * clamp(between.x, 0, size.y - 1);
  int below = slice.x + slice.y * clamp(between.y, 0, size.y - 1);
  if (texelFetch(arrival, ivec2(above, 0), 0).r * texelFetch(arrival, ivec2(below, 0), 0).r == 0u) {
    bool isStripe = mod(gl_FragCoord.x + gl_FragCoord.y, 16.0) < 8.0;
    colour = vec4(isStripe ? vec3(0.10, 0.12, 0.14) : vec3(0.15, 0.17, 0.20), 1.0);
    return;
  }
`;

const LABELS = `uint labelAt(ivec2 p) {
  return isInside(p) ? texelFetch(labels, p, 0).r : 0u;
}

bool isLabelBorder(vec2 at, uint label) {
  for (int n = 0; n < 4; n++) if (labelAt(nearest(beside(at, n))) != label) return true;
  return false;
}`;

const DRAW_AREA = `
  uint label = texelFetch(labels, voxel, 0).r;
  if (label != 0u) {
    vec4 area = texelFetch(palette, ivec2(label, 0), 0);
    shown = mix(shown, area.rgb, area.a);
  }
`;

const DRAW_BORDER = `
  if (label != 0u) {
    vec4 border = texelFetch(palette, ivec2(label, 1), 0);
    if (border.a > 0.0 && isLabelBorder(at, label)) shown = mix(shown, border.rgb, border.a);
  }
`;

/** Fades in over a small part of the scale, so that the threshold draws no edge of its own. */
const DRAW_DOUBT = `
  float doubt = uncertaintySample(at);
  vec3 hot = texelFetch(heatColours, ivec2(doubt * 255.0 + 0.5, 0), 0).rgb;
  shown = mix(shown, hot, heat.x * smoothstep(heat.y, heat.y + 0.1, doubt));
`;

/** What is suggested where no label is: a label that is there keeps its place. */
const suggestionFunctions = ({ labels }: ShaderOptions): string => `uint suggestedAt(ivec2 p) {
  if (!isInside(p)${labels ? ' || texelFetch(labels, p, 0).r != 0u' : ''}) return 0u;
  return texelFetch(suggested, p, 0).r;
}

bool isSuggestionBorder(vec2 at, uint label) {
  for (int n = 0; n < 4; n++) if (suggestedAt(nearest(beside(at, n))) != label) return true;
  return false;
}`;

/** Hatched in device pixels, so that it is told from a label at every zoom and in every colour. */
const DRAW_SUGGESTION = `
  uint guess = suggestedAt(voxel);
  if (guess != 0u) {
    vec4 area = texelFetch(palette, ivec2(guess, 2), 0);
    bool isStripe = mod(gl_FragCoord.x - gl_FragCoord.y, 8.0 * hatch) < 3.0 * hatch;
    shown = mix(shown, area.rgb, area.a * (isStripe ? 1.0 : 0.35));
    vec4 border = texelFetch(palette, ivec2(guess, 3), 0);
    if (isSuggestionBorder(at, guess)) shown = mix(shown, border.rgb, border.a);
  }
`;

/** Bilinear within the slice, beyond the outermost centres as at them; or the nearest value. */
function sampleFunction(name: string, fetch: string, { interpolated }: ShaderOptions): string {
  const at = `float ${name}At(ivec2 p) { return ${fetch}; }\n`;
  if (!interpolated) {
    return `${at}float ${name}Sample(vec2 at) {
  return ${name}At(clamp(nearest(at), ivec2(0), size - 1));
}`;
  }
  return `${at}vec4 ${name}Corners(vec2 at) {
  ivec2 last = size - 1;
  ivec2 p = ivec2(floor(at));
  return vec4(
    ${name}At(clamp(p, ivec2(0), last)),
    ${name}At(clamp(p + ivec2(1, 0), ivec2(0), last)),
    ${name}At(clamp(p + ivec2(0, 1), ivec2(0), last)),
    ${name}At(clamp(p + ivec2(1, 1), ivec2(0), last)));
}

float ${name}Sample(vec2 at) {
  return blend(${name}Corners(at), fract(at));
}`;
}

/** The colour at a place, as `sampleFunction` has values. */
function colourFunction({ interpolated }: ShaderOptions): string {
  const at = `vec3 imageAt(ivec2 p) { return texelFetch(image, clamp(p, ivec2(0), size - 1), 0).rgb; }\n`;
  if (!interpolated) return `${at}vec3 imageSample(vec2 at) { return imageAt(nearest(at)); }`;
  return `${at}vec3 imageSample(vec2 at) {
  ivec2 p = ivec2(floor(at));
  vec2 part = fract(at);
  vec3 above = mix(imageAt(p), imageAt(p + ivec2(1, 0)), part.x);
  vec3 below = mix(imageAt(p + ivec2(0, 1)), imageAt(p + ivec2(1, 1)), part.x);
  return mix(above, below, part.y);
}`;
}
