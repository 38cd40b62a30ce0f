import { watch, watchEffect } from 'vue';
import { useAnnotation } from '../../stores/annotation-store.ts';
import { useView } from '../../stores/view-store.ts';
import { useVolume } from '../../stores/volume-store.ts';
import type { LabelStyle, Viewer } from '../../viewer/index.ts';
import { viewerTool } from './viewer-tool.ts';

/** Keeps the viewer showing what the stores hold. */
export function showScene(viewer: Viewer): void {
  const volume = useVolume();
  const annotation = useAnnotation();
  const view = useView();

  watch(
    () => volume.current?.voxels,
    (voxels) => {
      const { current, isWhole } = volume;
      viewer.setVolume(current && voxels ? { grid: current.grid, data: voxels } : null, isWhole);
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
      const fits = isSameStack && map?.size.every((n, axis) => n === current.grid.size[axis]);
      if (before && before[0]?.voxels === current?.voxels && before[1] === map) return;
      viewer.setLabels(fits ? map : null);
    },
    { immediate: true },
  );
  annotation.setStrokeGuard(viewer.withoutStroke);
  annotation.onChanged((slices) => viewer.labelsChanged(slices));

  watchEffect(() => {
    const { shown, opacity, outline } = view.labels;
    viewer.setLabelStyles(
      annotation.labels.map(({ value, colour, visible }): LabelStyle => ({
        value,
        colour,
        visible: visible && shown,
        fill: opacity,
        outline: outline ? 1 : 0,
      })),
    );
  });
  watchEffect(() => viewer.setLook({ window: { ...view.window } }));
  watchEffect(() => {
    const { shown, opacity, threshold } = view.doubt;
    viewer.setLook({ heatmap: shown ? { opacity, threshold } : null });
  });
  watchEffect(() => {
    const { active } = annotation;
    const shown = active?.visible && view.suggestions;
    viewer.setLook({
      suggestion: shown ? { colour: active.colour, fill: 0.25, outline: 1, threshold: 0.5 } : null,
    });
  });
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
