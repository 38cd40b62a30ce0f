import '@kitware/vtk.js/Rendering/OpenGL/Profiles/Geometry.js';
import vtkDataArray from '@kitware/vtk.js/Common/Core/DataArray.js';
import vtkPolyData from '@kitware/vtk.js/Common/DataModel/PolyData.js';
import vtkActor from '@kitware/vtk.js/Rendering/Core/Actor.js';
import vtkAnnotatedCubeActor from '@kitware/vtk.js/Rendering/Core/AnnotatedCubeActor.js';
import vtkMapper from '@kitware/vtk.js/Rendering/Core/Mapper.js';
import vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer.js';
import vtkRenderWindow from '@kitware/vtk.js/Rendering/Core/RenderWindow.js';
import vtkOpenGLRenderWindow from '@kitware/vtk.js/Rendering/OpenGL/RenderWindow.js';
import type { Mesh } from './extract.ts';
import { rgbOf } from '../../shared/label-colours.ts';

export interface SurfaceStyle {
  readonly value: number;
  /** #rrggbb */
  readonly colour: string;
  readonly visible: boolean;
}

/** What a surface is of: a label is solid, what is suggested of it is hatched, as in the planes. */
export type SurfaceKind = 'label' | 'suggestion';

/** Surfaces of labels, and of what is suggested of them, in space, as the patient lies: LPS. */
export interface SurfaceView {
  /** Until the user turns, moves or zooms, all surfaces are kept in view. */
  setMesh(kind: SurfaceKind, value: number, mesh: Mesh | null): void;
  /** Of all labels; what is not among them is not shown. @param suggestions whether they are shown. */
  setStyles(styles: readonly SurfaceStyle[], suggestions?: boolean): void;
  /** Turns about the middle, by degrees: to the left and up. */
  rotate(left: number, up: number): void;
  /** By CSS pixels. */
  pan(x: number, y: number): void;
  zoom(factor: number): void;
  /** As in the beginning: from the front, a little from the left and above. */
  reset(): void;
  dispose(): void;
}

/** Part of the width and height that the small cube takes. */
const MARKER = 0.2;
/** Sides of the patient on the faces of the cube, and degrees that make their letters stand upright. */
const FACES = {
  XPlus: ['L', 90],
  XMinus: ['R', -90],
  YPlus: ['P', 180],
  YMinus: ['A', 0],
  ZPlus: ['S', 0],
  ZMinus: ['I', 0],
} as const;

/** @param container gets a canvas that fills it. */
export function createSurfaceView(container: HTMLElement): SurfaceView {
  const renderWindow = vtkRenderWindow.newInstance();
  const renderer = vtkRenderer.newInstance({ background: [0, 0, 0] });
  const corner = vtkRenderer.newInstance({ background: [0, 0, 0] });
  const device = vtkOpenGLRenderWindow.newInstance();
  const surfaces = new Map<string, Surface>();
  let styles: readonly SurfaceStyle[] = [];
  let showsSuggestions = true;
  let frame = 0;
  /** Whether the user has taken the camera. */
  let isTaken = false;

  corner.setViewport(0, 0, MARKER, MARKER);
  corner.addActor(cube());
  renderWindow.addRenderer(renderer);
  renderWindow.addRenderer(corner);
  device.setContainer(container);
  renderWindow.addView(device);

  function draw(): void {
    frame = 0;
    const { width, height } = container.getBoundingClientRect();
    if (width < 1 || height < 1) return;
    const scale = devicePixelRatio;
    device.setSize(Math.round(width * scale), Math.round(height * scale));
    lookAlike();
    renderer.resetCameraClippingRange();
    renderWindow.render();
  }
  function schedule(): void {
    frame ||= requestAnimationFrame(draw);
  }
  /** The cube is seen from where the surfaces are seen from. */
  function lookAlike(): void {
    const from = renderer.getActiveCamera();
    const to = corner.getActiveCamera();
    const [x, y, z] = from.getDirectionOfProjection();
    to.setFocalPoint(0, 0, 0);
    to.setPosition(-x, -y, -z);
    to.setViewUp(...(from.getViewUp() as [number, number, number]));
    corner.resetCamera();
  }
  const observer = new ResizeObserver(schedule);
  observer.observe(container);

  function surfaceOf(kind: SurfaceKind, value: number): Surface {
    const key = `${kind} ${value}`;
    let surface = surfaces.get(key);
    if (!surface) {
      surface = { kind, value, ...createActor(kind), data: null };
      renderer.addActor(surface.actor);
      surfaces.set(key, surface);
    }
    return surface;
  }
  function showStyles(): void {
    for (const { kind, value, actor, data } of surfaces.values()) {
      const style = styles.find((one) => one.value === value);
      const isWanted = kind === 'label' || showsSuggestions;
      actor.setVisibility(data !== null && isWanted && style?.visible === true);
      if (style) actor.getProperty().setColor(...rgb(style.colour));
    }
    schedule();
  }
  function reset(): void {
    const camera = renderer.getActiveCamera();
    camera.setFocalPoint(0, 0, 0);
    camera.setPosition(0, -1, 0);
    camera.setViewUp(0, 0, 1);
    camera.azimuth(25);
    camera.elevation(15);
    camera.orthogonalizeViewUp();
    renderer.resetCamera();
    schedule();
  }
  reset();

  return {
    setMesh(kind, value, mesh) {
      const surface = surfaceOf(kind, value);
      surface.data?.delete();
      surface.data = mesh && polyData(mesh);
      if (surface.data) surface.mapper.setInputData(surface.data);
      showStyles();
      if (mesh && !isTaken) reset();
    },
    setStyles(next, suggestions = true) {
      styles = next;
      showsSuggestions = suggestions;
      showStyles();
    },
    rotate(left, up) {
      isTaken = true;
      const camera = renderer.getActiveCamera();
      camera.azimuth(left);
      camera.elevation(up);
      camera.orthogonalizeViewUp();
      schedule();
    },
    pan(x, y) {
      isTaken = true;
      const camera = renderer.getActiveCamera();
      const { height } = container.getBoundingClientRect();
      // What a pixel is worth at the distance of the focal point.
      const world = 2 * camera.getDistance() * Math.tan((camera.getViewAngle() * Math.PI) / 360);
      const mm = world / Math.max(1, height);
      const up = camera.getViewUp();
      const ahead = camera.getDirectionOfProjection();
      const right = [
        ahead[1] * up[2] - ahead[2] * up[1],
        ahead[2] * up[0] - ahead[0] * up[2],
        ahead[0] * up[1] - ahead[1] * up[0],
      ];
      const by = right.map((r, axis) => (-x * r + y * up[axis]!) * mm);
      const moved = ([a, b, c]: readonly number[]): [number, number, number] => [
        a! + by[0]!,
        b! + by[1]!,
        c! + by[2]!,
      ];
      camera.setFocalPoint(...moved(camera.getFocalPoint()));
      camera.setPosition(...moved(camera.getPosition()));
      schedule();
    },
    zoom(factor) {
      isTaken = true;
      renderer.getActiveCamera().dolly(factor);
      schedule();
    },
    reset() {
      isTaken = false;
      reset();
    },
    dispose() {
      observer.disconnect();
      cancelAnimationFrame(frame);
      const canvas = device.getCanvas();
      device.setContainer(null as never);
      renderWindow.removeView(device);
      for (const object of [
        ...[...surfaces.values()].flatMap(({ actor, data }) => (data ? [actor, data] : [actor])),
        renderer,
        corner,
        device,
        renderWindow,
      ])
        object.delete();
      canvas?.remove();
    },
  };
}

/** A surface on the screen. */
interface Surface {
  readonly kind: SurfaceKind;
  readonly value: number;
  readonly actor: vtkActor;
  readonly mapper: vtkMapper;
  data: vtkPolyData | null;
}

/**
 * In the fragment shader of vtk.js: of a suggestion only stripes are drawn (in device pixels, as in the
 * planes, so that what lies behind is seen between them) and the rim, where the surface turns away.
 */
const HATCHED = {
  shaderType: 'Fragment',
  originalValue: '//VTK::Light::Impl',
  replaceFirst: true,
  replaceAll: false,
  replacementValue: `//VTK::Light::Impl
  float unit = ${Math.max(1, globalThis.devicePixelRatio || 1).toFixed(2)};
  bool isStripe = mod(gl_FragCoord.x - gl_FragCoord.y, 8.0 * unit) < 3.0 * unit;
  if (!isStripe && abs(normalVCVSOutput.z) > 0.2) discard;`,
};

function createActor(kind: SurfaceKind): Pick<Surface, 'actor' | 'mapper'> {
  const actor = vtkActor.newInstance();
  const mapper = vtkMapper.newInstance({ scalarVisibility: false });
  if (kind === 'suggestion')
    mapper.setViewSpecificProperties({ OpenGL: { ShaderReplacements: [HATCHED] } });
  actor.setMapper(mapper);
  actor.getProperty().set({ ambient: 0.15, diffuse: 0.85, specular: 0.2, specularPower: 20 });
  return { actor, mapper };
}

function polyData({ points, normals, triangles }: Mesh): vtkPolyData {
  const data = vtkPolyData.newInstance();
  data.getPoints().setData(points, 3);
  data.getPolys().setData(triangles);
  data
    .getPointData()
    .setNormals(
      vtkDataArray.newInstance({ name: 'Normals', numberOfComponents: 3, values: normals }),
    );
  return data;
}

function cube(): vtkAnnotatedCubeActor {
  const actor = vtkAnnotatedCubeActor.newInstance();
  actor.setDefaultStyle({
    fontStyle: 'bold',
    fontFamily: 'Arial',
    fontColor: '#e4e7eb',
    fontSizeScale: (resolution) => resolution / 1.6,
    faceColor: '#1d3344',
    edgeThickness: 0.06,
    edgeColor: '#4fb4f0',
    resolution: 200,
  });
  for (const [face, [text, faceRotation]] of Object.entries(FACES)) {
    actor[`set${face as keyof typeof FACES}FaceProperty`]({ text, faceRotation });
  }
  return actor;
}

function rgb(colour: string): [number, number, number] {
  const [r, g, b] = rgbOf(colour);
  return [r / 255, g / 255, b / 255];
}
