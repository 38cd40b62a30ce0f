import { useSettings } from '../stores/settings-store.ts';
import { useVolume } from '../stores/volume-store.ts';
import { useSources } from '../stores/sources-store.ts';
import { useView } from '../stores/view-store.ts';
import { choosePaths } from '../choose-paths.ts';
import { closeAll, openDemo } from '../workbench.ts';
import type { Command } from './types.ts';

const isOpen = (): boolean => useVolume().current !== null;

export const fileCommands: readonly Command[] = [
  {
    id: 'file.folder',
    title: 'Open folder…',
    group: 'File',
    key: 'Mod+O',
    needsHost: true,
    run: () => choosePaths('folder'),
  },
  {
    id: 'file.files',
    title: 'Open files or zip…',
    group: 'File',
    key: 'Mod+Shift+O',
    needsHost: true,
    run: () => choosePaths('files'),
  },
  {
    id: 'file.demo',
    title: 'Open the demo series',
    group: 'File',
    key: '',
    needsHost: true,
    run: openDemo,
  },
  {
    id: 'file.problems',
    title: 'Files that were left out…',
    group: 'File',
    key: '',
    enabled: () => useSources().list.length > 0,
    run: () => (useView().dialog = 'problems'),
  },
  {
    id: 'file.export',
    title: 'Export…',
    group: 'File',
    key: 'Mod+E',
    needsHost: true,
    enabled: isOpen,
    run: () => (useView().dialog = 'export'),
  },
  {
    id: 'file.close',
    title: 'Back to the start page',
    group: 'File',
    key: '',
    needsHost: true,
    enabled: () => useSources().list.length > 0,
    run: closeAll,
  },
];

export const helpCommands: readonly Command[] = [
  {
    id: 'help.settings',
    title: 'Settings…',
    group: 'Help',
    key: 'Mod+,',
    run: () => (useView().dialog = 'settings'),
  },
  {
    id: 'help.shortcuts',
    title: 'Keys',
    group: 'Help',
    key: '?',
    run: () => (useView().dialog = 'shortcuts'),
  },
  {
    id: 'help.about',
    title: 'About Marginalia',
    group: 'Help',
    key: '',
    run: () => (useView().dialog = 'about'),
  },
  {
    id: 'help.theme',
    title: 'Dark or light',
    group: 'Help',
    key: '',
    run: () => useSettings().change({ theme: useSettings().theme === 'dark' ? 'light' : 'dark' }),
  },
];
