import { z } from 'zod';
import { calls } from './calls.ts';
import { ErrorReport } from './entities.ts';
import { events } from './events.ts';
import { streams } from './streams.ts';

/** What goes over a connection, whatever carries it (WebSocket or MessagePort). */

const request = z.number().int().nonnegative();
const nameOf = <T extends object>(table: T): z.ZodEnum<{ [K in Extract<keyof T, string>]: K }> =>
  z.enum(Object.keys(table) as [Extract<keyof T, string>]) as never;

/** From the page. Inputs are checked against the table by who answers. */
export const ToMain = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('call'), request, name: nameOf(calls), input: z.unknown() }).strict(),
  z
    .object({ kind: z.literal('stream'), request, name: nameOf(streams), input: z.unknown() })
    .strict(),
  z.object({ kind: z.literal('cancel'), request }).strict(),
  /** The page has taken in a frame: it may have the next. */
  z.object({ kind: z.literal('taken'), request }).strict(),
]);
export type ToMain = z.infer<typeof ToMain>;

export const FromMain = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('result'), request, output: z.unknown() }),
  z.object({ kind: z.literal('frame'), request, frame: z.unknown() }),
  z.object({ kind: z.literal('error'), request, error: ErrorReport }),
  z.object({ kind: z.literal('event'), name: nameOf(events), data: z.unknown() }),
]);
export type FromMain = z.infer<typeof FromMain>;
