import { acceptSuggestion, type EditRules } from '../../../shared/edit/index.ts';
import { MarginaliaError } from '../../../shared/errors.ts';
import { shownKey } from '../../commands/index.ts';
import { useAnnotation } from '../../stores/annotation-store.ts';
import { useBlink } from '../../stores/blink-store.ts';
import { useView } from '../../stores/view-store.ts';
import { useVolume } from '../../stores/volume-store.ts';
import { stateName } from '../../../shared/step-names.ts';
import { drawnPixels, isRevealed, suggestedOn } from '../../shown-suggestions.ts';
import { editRules, onSuggestion, takingStroke } from '../../tool-edits.ts';
import { toolOf, type ToolId } from '../../toolbar.ts';
import {
  brushTool,
  crosshairTool,
  floodTool,
  measureTool,
  outlineTool,
  paintAct,
  panTool,
  windowTool,
  zoomTool,
  type Act,
  type PaintSettings,
  type Tool,
} from '../../viewer/index.ts';

function rules(): EditRules {
  const { active } = useAnnotation();
  if (active) return editRules(active);
  throw new MarginaliaError(
    'no-label',
    'There is no label to paint with.',
    `Add a label first (${shownKey('label.add')}).`,
  );
}

const settings = (id: ToolId): PaintSettings => {
  const { low, high } = useView().brush;
  return {
    name: `${toolOf(id).title} “${useAnnotation().active?.name ?? ''}”`,
    action: id === 'eraser' ? 'erase' : 'paint',
    rules: rules(),
    ...(id === 'threshold' && { range: [low, high] as const }),
  };
};

/** Takes the suggestion of the active label where the lasso was. */
const acceptAct: Act = (region, { scene, plane }) => {
  const { active } = useAnnotation();
  if (!scene.labels || !active) return undefined;
  if (plane.axis !== 2) {
    throw new MarginaliaError(
      'other-plane',
      'Suggestions are accepted in the plane in which they were made.',
      'Draw in the view that shows the slices as they were acquired.',
    );
  }
  const { index } = plane;
  if (useAnnotation().covered[index]?.includes(active.id)) {
    const state = stateName(useAnnotation().review[index] ?? 'unseen');
    throw new MarginaliaError(
      'slice-decided',
      `“${active.name}” is ${state} on slice ${index + 1}: its suggestion is not shown any more.`,
      `Take the decision back first (${shownKey('review.reset')}).`,
    );
  }
  if (!isRevealed(index)) {
    throw new MarginaliaError(
      'suggestion-hidden',
      'The suggestion of this slice is hidden.',
      `Show it first (${shownKey('view.suggestions')}).`,
    );
  }
  const drawn = suggestedOn(index).some(({ id }) => id === active.id) && drawnPixels(index);
  if (!drawn) {
    throw new MarginaliaError(
      'no-suggestion',
      `“${active.name}” is not suggested in this slice.`,
      `Suggest this slice first (${shownKey('suggest.slice')}).`,
    );
  }
  const suggested = drawn.map((value) => (value === active.value ? 1 : 0));
  const name = `Accept “${active.name}” here`;
  // A suggestion takes nothing from what is there.
  const empty: EditRules = { ...rules(), overwrite: 'empty' };
  return acceptSuggestion(scene.labels, plane, suggested, empty, name, { inside: region });
};

/** What the viewer does with the pointer when a tool of the strip is taken up. */
export function viewerTool(id: ToolId): Tool {
  const tool = toolWithoutBlink(id);
  if (!toolOf(id).paints) return tool;
  return {
    ...tool,
    begin(event, context) {
      // What is worked on is what is suggested now.
      useBlink().end();
      return tool.begin(event, context);
    },
  };
}

function toolWithoutBlink(id: ToolId): Tool {
  const act = paintAct(() => settings(id));
  const { brush } = useView();
  const size = {
    radius: () => brush.radius,
    pressure: () => brush.pressure,
    prepare: takingStroke,
  };
  switch (id) {
    case 'crosshair':
      return crosshairTool;
    case 'window':
      return windowTool;
    case 'pan':
      return panTool;
    case 'zoom':
      return zoomTool;
    case 'measure':
      return measureTool;
    case 'brush':
    case 'threshold':
      return brushTool({ shape: 'disc', ...size, act });
    case 'eraser':
      return brushTool({ shape: 'disc', ...size, act, erases: true });
    case 'ball':
      return brushTool({ shape: useVolume().isGrid ? 'ball' : 'disc', ...size, act });
    case 'lasso':
      return outlineTool(onSuggestion(act));
    case 'fill':
      return floodTool({
        tolerance: () => brush.tolerance,
        extent: () => (useVolume().isGrid ? brush.extent : 'slice'),
        act: onSuggestion(act),
      });
    case 'accept':
      return outlineTool(acceptAct);
  }
}
