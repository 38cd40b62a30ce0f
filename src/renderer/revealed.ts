import { useAnnotation } from './stores/annotation-store.ts';
import { useSettings } from './stores/settings-store.ts';
import { useView } from './stores/view-store.ts';

/** Whether a slice's suggestion may be seen: not before the user has decided, if they want that. */
export function isRevealed(slice: number): boolean {
  const { suggestions, revealed } = useView();
  const isHidden = useSettings().values?.annotateFirst ?? false;
  const isDecided = useAnnotation().review[slice] !== 'unseen';
  return suggestions && (!isHidden || isDecided || revealed === slice);
}
