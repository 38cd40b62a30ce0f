import { watch, watchEffect } from 'vue';
import { useAnnotation } from '../../stores/annotation-store.ts';
import { useNotices } from '../../stores/notices-store.ts';
import { useBlink } from '../../stores/blink-store.ts';
import { useView } from '../../stores/view-store.ts';
import { useVolume } from '../../stores/volume-store.ts';
import type { LabelStyle, Viewer } from '../../viewer/index.ts';
import { drawnBefore, isShown } from '../../shown-suggestions.ts';
import { viewerTool } from './viewer-tool.ts';

/** Opacities of suggestions, in their hatched areas and at their borders. */
const CHOSEN = { fill: 0.45, outline: 1 };
const OTHERS = { fill: 0.3, outline: 0.7 };

/** Says so where the graphics device cannot hold all of an image. */
function tellThinned({ steps, scene }: Viewer): void {
  const step = Math.max(...steps);
  if (step === 1 || !scene.volume) return;
  useNotices().add({
    level: 'info',
    message: `This image of ${scene.volume.raster.size.join(' × ')} is larger than this graphics device can draw: one of ${step} pixels along its long side is drawn.`,
    hint: 'Labels, suggestions and exports have every pixel.',
  });
}

/** Keeps the viewer showing what the stores hold. */
export function showScene(viewer: Viewer): void {
  const volume = useVolume();
  const annotation = useAnnotation();
  const view = useView();

  watch(
    () => volume.current?.pixels,
    () => {
      const { current, isWhole } = volume;
      viewer.setVolume(current, isWhole);
      tellThinned(viewer);
      viewer.setLook({ inverted: current?.info.inverted ?? false });
      const came = isWhole ? null : volume.came();
      if (came) viewer.imageArrived(...came);
    },
    // Before imageArrived says which voxels came.
    { immediate: true, flush: 'sync' },
  );
  volume.onArrived(([first, last]) => viewer.imageArrived(first, last));
  watch(
    // Its trigger says that voxels changed; only another map is another map.
    () => [volume.current, annotation.map] as const,
    ([current, map], before) => {
      const isSameStack = current?.info.stack.id === annotation.stack;
      const fits = isSameStack && map?.size.every((n, axis) => n === current.raster.size[axis]);
      if (before && before[0]?.pixels === current?.pixels && before[1] === map) return;
      viewer.setLabels(fits ? map : null);
    },
    { immediate: true },
  );
  annotation.setStrokeGuard(viewer.withoutStroke);
  annotation.onChanged((slices) => viewer.labelsChanged(slices));

  watchEffect(() => {
    const { shown, opacity, outline } = view.labels;
    viewer.setLabelStyles(
      annotation.labels.map((label): LabelStyle => ({
        value: label.value,
        colour: label.colour,
        visible: isShown(label) && shown,
        fill: opacity,
        outline: outline ? 1 : 0,
        suggested: label.id === annotation.activeId ? CHOSEN : OTHERS,
      })),
    );
  });
  watchEffect(() => viewer.setLook({ window: { ...view.window } }));
  watchEffect(() => {
    const { shown, opacity, threshold } = view.doubt;
    viewer.setLook({ heatmap: shown ? { opacity, threshold } : null });
  });
  watchEffect(() => viewer.setLook({ suggestions: view.suggestions }));
  watch(
    () => useBlink().shows,
    (now, last) => {
      if (now === null || last === null) viewer.setBefore(now && drawnBefore);
      viewer.setLook({ before: now === 'before' });
    },
    // At once: what is worked on then is what is seen.
    { flush: 'sync' },
  );
  watchEffect(() => viewer.setLook({ crosshair: view.crosshair, interpolate: view.interpolate }));
  watchEffect(() => viewer.setPosition(view.focus));
  watch(
    () => view.tool,
    (tool) => viewer.setTool(viewerTool(tool)),
    { immediate: true },
  );
  watch(
    () => view.brush,
    () => viewer.toolChanged(),
    { deep: true },
  );
}
