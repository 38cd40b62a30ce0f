import { z } from 'zod';
import { DeviceName, WindowPreset } from './entities.ts';

/** What the user has set, kept with the workspace. */

export const KeptPrompt = z.object({
  label: z.string().trim().min(1).max(100),
  prompt: z.string().trim().min(1).max(2000),
  modality: z.string().max(16),
});

/** Width (of the strip: height) of a panel in CSS pixels; null: as wide as the window suggests. */
const panelSize = z.number().int().min(0).max(4000).nullable();

/** What lies around the views. */
export const Panel = z.enum(['left', 'right', 'strip']);

export const Settings = z.object({
  device: DeviceName,
  samples: z.number().int().min(0).max(200),
  /** Of the processor that the model may use; 0: as many as there are cores. */
  threads: z.number().int().min(0).max(256),
  tolerance: z.number().min(0).max(0.5),
  seed: z.number().int().nonnegative(),
  /** Of one round of learning. */
  learningSteps: z.number().int().min(1).max(5000),
  model: z.string().min(1).max(500),
  /** Address that models are downloaded from: `<mirror>/<repository>/resolve/main/<path>`. */
  mirror: z.url({ protocol: /^https?$/ }).max(500),
  theme: z.enum(['dark', 'light']),
  hidePatient: z.boolean(),
  annotateFirst: z.boolean(),
  calibrate: z.boolean(),
  /** Whether learning also takes what was accepted without a look. */
  learnUnseen: z.boolean(),
  /** Whether suggestions follow the slices that are accepted or corrected. */
  propagate: z.boolean(),
  /** In which planes whole series are suggested: those that the model asks for, or their own. */
  planes: z.enum(['model', 'acquired']),
  /** Command name → key, where it is not the default. */
  keys: z.record(z.string().max(60), z.string().max(40)),
  /** The user's own window presets by modality. */
  presets: z.record(z.string().max(16), z.array(WindowPreset)),
  /** Prompts that the user keeps, for labels of this name in images of this kind. */
  prompts: z.array(KeptPrompt).max(200),
  panels: z.object({
    left: panelSize,
    right: panelSize,
    strip: panelSize,
    /** Those that are folded away. */
    folded: z.array(Panel).max(3),
  }),
});
