import { stateName } from '../../../shared/step-names.ts';
import type { AnnotationProvenance } from '../annotation-provenance.ts';
import type { AnnotationResult } from '../result.ts';
import { html, type Html } from './html.ts';

/** What a report says of a slice: what was decided, or that it is as a model suggests it. */
export type State = AnnotationProvenance['review']['states'][number] | 'suggested';

/** The state of every slice; where nothing is decided and suggestions are written, that. */
export function statesOf({ review, contents }: AnnotationResult): State[] {
  const suggested = new Set(contents.suggested.map(({ slice }) => slice));
  return review.states.map((state, slice) =>
    (state === 'unseen' || state === 'started') && suggested.has(slice) ? 'suggested' : state,
  );
}

/** How states of review are named and drawn, in the order in which they are counted. */
export const STATES: Readonly<Record<State, { readonly name: string; readonly colour: string }>> = {
  accepted: { name: stateName('accepted'), colour: '#2f9e6b' },
  'accepted-unseen': { name: stateName('accepted-unseen'), colour: '#8fd0b3' },
  corrected: { name: stateName('corrected'), colour: '#2f7fc4' },
  rejected: { name: stateName('rejected'), colour: '#cf4a3f' },
  started: { name: stateName('started'), colour: '#a9c6df' },
  suggested: { name: 'as suggested, not decided', colour: '#e0a83c' },
  unseen: { name: stateName('unseen'), colour: '#c9ccd1' },
};

const HEIGHT = 100;

/** The mean doubt of every slice (nats) as bars, the highest as high as the picture. */
export function doubtStrip(doubt: readonly number[]): Html {
  const highest = Math.max(...doubt, Number.MIN_VALUE);
  return html`<svg
    class="doubt"
    viewBox="0 0 ${doubt.length} ${HEIGHT}"
    preserveAspectRatio="none"
    role="img"
    aria-label="Mean doubt of every slice"
  >
    ${doubt.map((nats, k) => {
      const height = Number(((HEIGHT * nats) / highest).toFixed(2));
      return html`<rect
        x="${k}"
        y="${Number((HEIGHT - height).toFixed(2))}"
        width="1"
        height="${height}"
      >
        <title>Slice ${k + 1}: ${nats.toPrecision(3)} nats</title>
      </rect>`;
    })}
  </svg>`;
}

/** What was decided on every slice, as runs of one colour. */
export function reviewStrip(states: readonly State[]): Html {
  const runs: { from: number; to: number; state: State }[] = [];
  states.forEach((state, k) => {
    const last = runs.at(-1);
    if (last?.state === state) last.to = k;
    else runs.push({ from: k, to: k, state });
  });
  return html`<svg
    class="review"
    viewBox="0 0 ${states.length} 1"
    preserveAspectRatio="none"
    role="img"
    aria-label="What was decided on every slice"
  >
    ${runs.map(({ from, to, state }) => {
      const { name, colour } = STATES[state];
      const slices = from === to ? `Slice ${from + 1}` : `Slices ${from + 1} to ${to + 1}`;
      return html`<rect x="${from}" y="0" width="${to - from + 1}" height="1" fill="${colour}">
        <title>${slices}: ${name}</title>
      </rect>`;
    })}
  </svg>`;
}
