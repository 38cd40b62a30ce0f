import { viewTitle } from './model/views.ts';
import { useVolume } from './stores/volume-store.ts';
import { currentViewport } from './viewports.ts';

/** Saves what a view shows, as the browser saves files. The name says nothing of the patient. */
export async function savePicture(): Promise<void> {
  const viewport = currentViewport();
  const { current } = useVolume();
  if (!viewport || !current) return;
  const { info, raster } = current;
  const url = URL.createObjectURL(await viewport.screenshot());
  const link = document.createElement('a');
  const series = info.stack.seriesNumber === null ? '' : `series-${info.stack.seriesNumber}-`;
  const { title } = viewTitle(raster.affineLps, viewport.axis, info.stack.kind);
  const name = title.toLowerCase().replaceAll(' ', '-');
  link.download = `${series}${name}-${viewport.slice + 1}.png`;
  link.href = url;
  link.click();
  // The download has begun by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
