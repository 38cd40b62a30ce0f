import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Workspace } from '../../workspace/index.ts';
import { createAbout } from './about.ts';
import { announceEdits } from './announce-edits.ts';
import { createAnnotation, createInterpolation } from '../annotate/index.ts';
import { openSharedEngine } from '../engine/index.ts';
import {
  openDrops,
  labelledStacks,
  createCases,
  createSources,
  createVolumes,
} from '../cases/index.ts';
import { createExports } from '../export/index.ts';
import {
  type Host,
  allowedPaths,
  type Announcement,
  type Session,
  createSettings,
} from '../session/index.ts';
import { createJoining, createQueue, createSuggestions } from '../suggest/index.ts';
import { createLearning } from '../learn/index.ts';
import { createLibrary, createModels, versionShelf } from '../models/index.ts';
import { serveResources } from './resources.ts';

/**
 * Everything that the workstation can do, over one workspace, which it closes in the end.
 * What lies in the workspace's folder: `adapters` (learned versions), `demo` (the phantom
 * series), `dropped` (files that a browser gave).
 */
export function openSession(host: Host, workspace: Workspace): Session {
  const listeners = new Set<(event: Announcement) => void>();
  /** What was to be said before anybody listened. */
  let unheard: readonly Announcement[] = openingNotices(workspace);
  const announce = (event: Announcement): void => listeners.forEach((listener) => listener(event));

  const demo = join(workspace.folder, 'demo');
  mkdirSync(demo, { recursive: true });
  const kept = workspace.recents.list().flatMap((recent) => recent.paths);
  const labelled = (): string[] => labelledStacks(workspace).flatMap(({ files }) => files);
  const drops = openDrops(join(workspace.folder, 'dropped'), kept, labelled);
  const paths = allowedPaths(host, [realpathSync(demo), drops.folder]);
  const { version } = host;
  const sharedEngine = openSharedEngine(host.spawnEngine, announce);
  const settings = createSettings(workspace, paths);
  const shelf = versionShelf(join(workspace.folder, 'adapters'));
  const models = createModels(workspace, settings, shelf, paths);
  const library = createLibrary({
    settings,
    paths,
    sharedEngine,
    spawnEngine: host.spawnEngine,
    announce,
  });
  const sources = createSources(workspace, paths, demo, drops);
  const cases = createCases(workspace, sources, paths);
  const volumes = createVolumes(workspace, cases, settings);
  const joining = createJoining(workspace);
  const suggestions = createSuggestions(
    workspace,
    volumes,
    models,
    settings,
    sharedEngine,
    joining,
  );
  const annotation = createAnnotation(workspace, cases, models, suggestions, settings);
  const interpolation = createInterpolation(workspace, annotation);
  const queue = createQueue(workspace, volumes, suggestions, joining);
  const learning = createLearning({
    workspace,
    volumes,
    models,
    shelf,
    settings,
    sharedEngine,
    version,
  });
  const exports = createExports({
    workspace,
    volumes,
    suggestions,
    joining,
    paths,
    sharedEngine,
    version,
  });

  return {
    calls: {
      ...createAbout(host, () => sharedEngine.deviceOf(settings.get().device)).calls,
      ...settings.calls,
      ...sources.calls,
      ...annotation.calls,
      ...announceEdits({ ...annotation.calls, ...interpolation.calls }, announce),
      ...suggestions.calls,
      ...queue.calls,
      ...models.calls,
      ...library.calls,
      ...learning.calls,
    },
    streams: {
      ...sources.streams,
      ...volumes.streams,
      ...suggestions.streams,
      ...learning.streams,
      ...exports.streams,
      ...library.streams,
    },
    fetch: serveResources(cases, volumes, drops),
    onEvent(listener) {
      listeners.add(listener);
      unheard.forEach(listener);
      unheard = [];
      return () => void listeners.delete(listener);
    },
    async close() {
      listeners.clear();
      await joining.close();
      await sharedEngine.close();
      workspace.close();
    },
  };
}

function openingNotices({ recovery, backup }: Workspace): Announcement[] {
  const notices: Announcement[] = [];
  if (recovery !== undefined) {
    notices.push({
      name: 'notice',
      data: {
        level: 'warning',
        message: recovery.message,
        hint: `The damaged file is kept: ${recovery.damagedFile}.`,
      },
    });
  }
  if (backup !== undefined) {
    notices.push({
      name: 'notice',
      data: {
        level: 'info',
        message: 'The workspace was brought up to date.',
        hint: `A copy of it as it was is ${backup}.`,
      },
    });
  }
  return notices;
}
