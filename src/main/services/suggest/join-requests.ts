import { eachKind, fromBytes, toBytes } from '../../../shared/map-bytes.ts';
import { createJoin, type Join } from '../../../shared/propagation/index.ts';
import { measureDoubt, type SlicePlane } from '../../../shared/ranking/index.ts';
import type { ApplyRequest, FitRequest, JoinedMaps, ThreadRequest } from './join-thread.ts';

/** What the thread of `startJoinThread` answers. */
export function createAnswers(): (message: ThreadRequest) => boolean | JoinedMaps | null {
  const joins = new Map<number, { readonly join: Join; readonly plane: SlicePlane }>();

  function fit({ join: id, plane, annotated }: FitRequest): boolean {
    const slices = annotated.map(({ probability, ...slice }) => ({
      ...slice,
      probability: probability && fromBytes('probability', probability),
    }));
    const join = createJoin(slices, plane);
    if (join !== null) joins.set(id, { join, plane });
    return join !== null;
  }

  function apply({ join: id, slice, maps }: ApplyRequest): JoinedMaps | null {
    const fitted = joins.get(id);
    const joined = fitted?.join(slice, {
      probability: fromBytes('probability', maps.probability),
      aleatoric: fromBytes('aleatoric', maps.aleatoric),
    });
    if (!fitted || !joined) return null;
    return {
      maps: eachKind((kind) => toBytes(kind, joined[kind])),
      ...measureDoubt(joined, fitted.plane),
    };
  }

  return (message) => {
    if (message.kind === 'fit') return fit(message);
    if (message.kind === 'apply') return apply(message);
    return joins.delete(message.join);
  };
}
