import { shallowReactive } from 'vue';
import { useView } from './stores/view-store.ts';
import type { Viewport } from './viewer/index.ts';

/** The viewports on the page. Commands work in one of them. */
export const viewports = shallowReactive(new Set<Viewport>());

/** The viewport that has the focus, else the large one. */
export function currentViewport(): Viewport | undefined {
  const all = [...viewports];
  const { mainAxis } = useView();
  return (
    all.find(({ element }) => element === document.activeElement) ??
    all.find(({ axis }) => axis === mainAxis)
  );
}
