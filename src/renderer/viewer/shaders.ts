import type { SamplerPrefix } from './volume-texture.ts';

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
  /** Whether the volume is cut into bricks, see folding.ts. */
  readonly folded: boolean;
  /** Image and maps are interpolated within the slice. */
  readonly interpolated: boolean;
  readonly labels: boolean;
  readonly suggestion: boolean;
  readonly doubt: boolean;
}

/**
 * A slice: from a pixel to a position in voxels, from there to the grey of the image in its window,
 * and over it label areas, doubt, suggestion and label borders. Textures are read texel by texel.
 */
export const fragmentShader = (options: ShaderOptions): string => `#version 300 es
precision highp float;
precision highp int;
precision highp ${options.sampler}sampler3D;
precision highp usampler3D;

uniform ${options.sampler}sampler3D image;
uniform usampler3D labels, probability, uncertainty;
uniform sampler2D palette, heatColours;

uniform ivec3 size, brick, count, grid;
// Top left corner of the viewport in the canvas, y upwards; voxel position there, and its change
// from a pixel to the next, rightwards and downwards.
uniform vec2 corner;
uniform vec3 origin, perX, perY;
// Steps along the voxel axes of columns and rows.
uniform ivec3 columnStep, rowStep;

uniform vec2 grey; // Value that is black, and 1 / range.
uniform float lineWidth; // Pixels.
uniform vec4 suggestion; // Colour and opacity of its area.
uniform vec2 suggestionLine; // Probability at its border, and the border's opacity.
uniform vec2 heat; // Opacity, and the doubt from which it is drawn, as part of the scale.
uniform vec3 background;

out vec4 colour;

${options.folded ? FOLD : 'ivec3 fold(ivec3 p) { return p; }'}

bool isInside(ivec3 p) {
  return all(greaterThanEqual(p, ivec3(0))) && all(lessThan(p, size));
}

ivec3 nearest(vec3 at) {
  return ivec3(floor(at + 0.5));
}

// Place between the four voxel centres around, along columns and rows.
vec2 partOf(vec3 at) {
  vec3 part = at - floor(at);
  return vec2(dot(part, vec3(columnStep)), dot(part, vec3(rowStep)));
}

float blend(vec4 corners, vec2 part) {
  vec2 rows = mix(corners.xz, corners.yw, part.x);
  return mix(rows.x, rows.y, part.y);
}

const vec2 AROUND[4] = vec2[4](vec2(1, 0), vec2(0, 1), vec2(-1, 0), vec2(0, -1));

// A line's width from a place.
vec3 beside(vec3 at, int n) {
  vec2 by = AROUND[n] * lineWidth;
  return at + by.x * perX + by.y * perY;
}

${sampleFunction('image', 'float(texelFetch(image, fold(p), 0).r)', options)}
${options.labels ? LABELS : ''}
${options.suggestion ? suggestionFunctions(options) : ''}
${options.doubt ? sampleFunction('uncertainty', 'float(texelFetch(uncertainty, fold(p), 0).r) / 255.0', options) : ''}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x - corner.x, corner.y - gl_FragCoord.y);
  vec3 at = origin + pixel.x * perX + pixel.y * perY;
  ivec3 voxel = nearest(at);
  if (!isInside(voxel)) {
    colour = vec4(background, 1.0);
    return;
  }
  float value = imageSample(at);
  vec3 shown = vec3(isnan(value) ? 0.0 : clamp((value - grey.x) * grey.y, 0.0, 1.0));
${options.labels ? DRAW_AREA : ''}${options.doubt ? DRAW_DOUBT : ''}${options.suggestion ? drawSuggestion(options) : ''}${options.labels ? DRAW_BORDER : ''}
  colour = vec4(shown, 1.0);
}`;

const FOLD = `ivec3 fold(ivec3 p) {
  ivec3 b = p / brick;
  int n = b.x + count.x * (b.y + count.y * b.z);
  ivec3 place = ivec3(n % grid.x, (n / grid.x) % grid.y, n / (grid.x * grid.y));
  return p - b * brick + place * brick;
}`;

const LABELS = `uint labelAt(ivec3 p) {
  return isInside(p) ? texelFetch(labels, fold(p), 0).r : 0u;
}

bool isLabelBorder(vec3 at, uint label) {
  for (int n = 0; n < 4; n++) if (labelAt(nearest(beside(at, n))) != label) return true;
  return false;
}`;

const DRAW_AREA = `
  uint label = texelFetch(labels, fold(voxel), 0).r;
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

const PROBABILITY = 'float(texelFetch(probability, fold(p), 0).r) / 255.0';

/**
 * The border of an interpolated map lies where the probability is as far from the threshold as it
 * changes within half a line's width; of one in voxels, where a neighbour is on the other side.
 */
const suggestionFunctions = (options: ShaderOptions): string =>
  options.interpolated
    ? `${sampleFunction('probability', PROBABILITY, options)}

bool isSuggestionBorder(vec4 corners, vec2 part) {
  vec2 change = vec2(
    mix(corners.y - corners.x, corners.w - corners.z, part.y),
    mix(corners.z - corners.x, corners.w - corners.y, part.x));
  vec2 right = vec2(dot(perX, vec3(columnStep)), dot(perX, vec3(rowStep)));
  vec2 down = vec2(dot(perY, vec3(columnStep)), dot(perY, vec3(rowStep)));
  float steep = length(vec2(dot(change, right), dot(change, down)));
  return abs(blend(corners, part) - suggestionLine.x) < 0.5 * lineWidth * steep;
}`
    : `${sampleFunction('probability', PROBABILITY, options)}

bool isSuggestionBorder(vec3 at) {
  for (int n = 0; n < 4; n++) if (probabilitySample(beside(at, n)) < suggestionLine.x) return true;
  return false;
}`;

const drawSuggestion = ({ interpolated }: ShaderOptions): string =>
  interpolated
    ? `
  vec2 within = partOf(at);
  vec4 likely = probabilityCorners(at);
  if (isSuggestionBorder(likely, within)) {
    shown = mix(shown, suggestion.rgb, max(suggestionLine.y, suggestion.a));
  } else if (blend(likely, within) >= suggestionLine.x) {
    shown = mix(shown, suggestion.rgb, suggestion.a);
  }
`
    : `
  if (probabilitySample(at) >= suggestionLine.x) {
    float opacity = isSuggestionBorder(at) ? max(suggestionLine.y, suggestion.a) : suggestion.a;
    shown = mix(shown, suggestion.rgb, opacity);
  }
`;

/** Bilinear within the slice, beyond the outermost centres as at them; or the nearest value. */
function sampleFunction(name: string, fetch: string, { interpolated }: ShaderOptions): string {
  const at = `float ${name}At(ivec3 p) { return ${fetch}; }\n`;
  if (!interpolated) {
    return `${at}float ${name}Sample(vec3 at) {
  return ${name}At(clamp(nearest(at), ivec3(0), size - 1));
}`;
  }
  return `${at}vec4 ${name}Corners(vec3 at) {
  ivec3 last = size - 1;
  ivec3 p = ivec3(floor(at));
  return vec4(
    ${name}At(clamp(p, ivec3(0), last)),
    ${name}At(clamp(p + columnStep, ivec3(0), last)),
    ${name}At(clamp(p + rowStep, ivec3(0), last)),
    ${name}At(clamp(p + columnStep + rowStep, ivec3(0), last)));
}

float ${name}Sample(vec3 at) {
  return blend(${name}Corners(at), partOf(at));
}`;
}
