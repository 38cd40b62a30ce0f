import { z } from 'zod';
import { Device, ErrorReport, StackId, StepName } from './entities.ts';

/** What main says without being asked. Events announce; they never ask for anything. */
export const events = {
  /** For the user to see: the engine restarted, a device failed, a file was recovered. */
  notice: z.object({
    level: z.enum(['info', 'warning', 'error']),
    message: z.string(),
    hint: z.string().optional(),
    /** The dialog of the page in which something can be done about it. */
    see: z.enum(['settings', 'about']).optional(),
  }),
  /** Something went wrong that no call is waiting for. */
  failure: ErrorReport,
  /** The model runs somewhere else than before: a device failed. */
  device: z.object({ device: Device }),
  /** Models were added or removed, or another one is the default. */
  library: z.object({}),
  /** Paths that the system asks to open: dropped on the icon, chosen in the menu. */
  'open-paths': z.object({ paths: z.array(z.string()) }),
  /** Labels or decisions of a stack were changed, by the step of that name: perhaps by another page. */
  annotation: z.object({ stack: StackId, step: StepName.optional() }),
  /** An item of the application's menu was chosen: the name of a command of the page. */
  command: z.object({ name: z.string() }),
} as const;

export type EventName = keyof typeof events;
export type EventData<N extends EventName> = z.infer<(typeof events)[N]>;
