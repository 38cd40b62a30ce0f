import type { SamplerPrefix } from './volume-texture.ts';

/** Slices of a map that are known lie in rows of so many. */
export const KNOWN_PER_ROW = 1024;

/** One triangle that covers the viewport. */
export const VERTEX_SHADER = `#version 300 es
void main() {
  vec2 corner = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

export interface ShaderOptions {
  /** Of the image's texture. */
  readonly sampler: SamplerPrefix;
  /** Whether the volume is cut into bricks, see folding.ts. */
  readonly folded: boolean;
}

/**
 * A slice: from a pixel to a position in voxels, from there to the grey of the image in its window,
 * and over it label areas, doubt, suggestion and label borders. Textures are read texel by texel:
 * labels exactly, image and maps interpolated within the slice where it is asked for.
 */
export const fragmentShader = ({ sampler, folded }: ShaderOptions): string => `#version 300 es
precision highp float;
precision highp int;
precision highp ${sampler}sampler3D;
precision highp usampler3D;
precision highp usampler2D;

uniform ${sampler}sampler3D image;
uniform usampler3D labels, probability, uncertainty;
uniform usampler2D probabilityKnown, uncertaintyKnown;
uniform sampler2D palette, heatColours;

uniform ivec3 size, brick, count, grid;
// Top left corner of the viewport in the canvas, y upwards; voxel position there, and its change
// from a pixel to the next, rightwards and downwards.
uniform vec2 corner;
uniform vec3 origin, perX, perY;
// Steps along the voxel axes of columns and rows.
uniform ivec3 columnStep, rowStep;

uniform vec2 grey; // Value that is black, and 1 / range.
uniform bool interpolated, hasLabels, hasProbability, hasUncertainty;
uniform float lineWidth; // Pixels.
uniform vec4 suggestion; // Colour and opacity of its area.
uniform vec2 suggestionLine; // Probability at its border, and the border's opacity.
uniform vec2 heat; // Opacity, and the doubt from which it is drawn, as part of the scale.
uniform vec3 background;

out vec4 colour;

ivec3 fold(ivec3 p) {
${
  folded
    ? `  ivec3 b = p / brick;
  int n = b.x + count.x * (b.y + count.y * b.z);
  ivec3 place = ivec3(n % grid.x, (n / grid.x) % grid.y, n / (grid.x * grid.y));
  return p - b * brick + place * brick;`
    : '  return p;'
}
}

bool isInside(ivec3 p) {
  return all(greaterThanEqual(p, ivec3(0))) && all(lessThan(p, size));
}

ivec3 nearest(vec3 at) {
  return ivec3(floor(at + 0.5));
}

float imageAt(ivec3 p) {
  return float(texelFetch(image, fold(p), 0).r);
}

uint labelAt(vec3 at) {
  ivec3 p = nearest(at);
  return isInside(p) ? texelFetch(labels, fold(p), 0).r : 0u;
}

ivec2 knownAt(int slice) {
  return ivec2(slice % ${KNOWN_PER_ROW}, slice / ${KNOWN_PER_ROW});
}

// Maps are 0 in slices that have none.
float probabilityAt(ivec3 p) {
  if (texelFetch(probabilityKnown, knownAt(p.z), 0).r == 0u) return 0.0;
  return float(texelFetch(probability, fold(p), 0).r) / 255.0;
}

float uncertaintyAt(ivec3 p) {
  if (texelFetch(uncertaintyKnown, knownAt(p.z), 0).r == 0u) return 0.0;
  return float(texelFetch(uncertainty, fold(p), 0).r) / 255.0;
}

${['image', 'probability', 'uncertainty'].map(sampleFunction).join('\n')}

const vec2 AROUND[8] = vec2[8](
  vec2(1, 0), vec2(0, 1), vec2(-1, 0), vec2(0, -1),
  vec2(0.7, 0.7), vec2(-0.7, 0.7), vec2(-0.7, -0.7), vec2(0.7, -0.7));

vec3 beside(vec3 at, int n) {
  vec2 by = AROUND[n] * lineWidth;
  return at + by.x * perX + by.y * perY;
}

bool isLabelBorder(vec3 at, uint label) {
  for (int n = 0; n < 8; n++) if (labelAt(beside(at, n)) != label) return true;
  return false;
}

bool isSuggestionBorder(vec3 at) {
  for (int n = 0; n < 4; n++) if (probabilitySample(beside(at, n)) < suggestionLine.x) return true;
  return false;
}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x - corner.x, corner.y - gl_FragCoord.y);
  vec3 at = origin + pixel.x * perX + pixel.y * perY;
  if (!isInside(nearest(at))) {
    colour = vec4(background, 1.0);
    return;
  }
  float value = imageSample(at);
  vec3 shown = vec3(isnan(value) ? 0.0 : clamp((value - grey.x) * grey.y, 0.0, 1.0));

  uint label = hasLabels ? labelAt(at) : 0u;
  if (label != 0u) {
    vec4 area = texelFetch(palette, ivec2(label, 0), 0);
    shown = mix(shown, area.rgb, area.a);
  }
  if (hasUncertainty) {
    float doubt = uncertaintySample(at);
    vec3 hot = texelFetch(heatColours, ivec2(doubt * 255.0 + 0.5, 0), 0).rgb;
    // Fades in over a small part of the scale, so that the threshold draws no edge of its own.
    shown = mix(shown, hot, heat.x * smoothstep(heat.y, heat.y + 0.1, doubt));
  }
  if (hasProbability && probabilitySample(at) >= suggestionLine.x) {
    float opacity = isSuggestionBorder(at) ? max(suggestionLine.y, suggestion.a) : suggestion.a;
    shown = mix(shown, suggestion.rgb, opacity);
  }
  if (label != 0u) {
    vec4 border = texelFetch(palette, ivec2(label, 1), 0);
    if (border.a > 0.0 && isLabelBorder(at, label)) shown = mix(shown, border.rgb, border.a);
  }
  colour = vec4(shown, 1.0);
}`;

/** Bilinear within the slice, beyond the outermost centres as at them; or the nearest value. */
function sampleFunction(name: string): string {
  return `float ${name}Sample(vec3 at) {
  ivec3 last = size - 1;
  if (!interpolated) return ${name}At(clamp(nearest(at), ivec3(0), last));
  vec3 low = floor(at);
  ivec3 p = ivec3(low);
  vec2 part = vec2(dot(at - low, vec3(columnStep)), dot(at - low, vec3(rowStep)));
  float a = ${name}At(clamp(p, ivec3(0), last));
  float b = ${name}At(clamp(p + columnStep, ivec3(0), last));
  float c = ${name}At(clamp(p + rowStep, ivec3(0), last));
  float d = ${name}At(clamp(p + columnStep + rowStep, ivec3(0), last));
  return mix(mix(a, b, part.x), mix(c, d, part.x), part.y);
}
`;
}
