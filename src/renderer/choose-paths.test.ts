import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askPaths } from './choose-paths.ts';
import { useView } from './stores/view-store.ts';

/** What the host was asked; it has not answered anything yet. */
const asked: string[] = [];
vi.mock('./bridge.ts', () => ({
  useBridge: () => ({
    on: () => () => undefined,
    call: (name: string) => {
      asked.push(name);
      return new Promise(() => undefined);
    },
  }),
}));

describe('asking for paths before the host has said who it is', () => {
  beforeEach(() => {
    asked.length = 0;
    setActivePinia(createPinia());
  });
  afterEach(() => void vi.unstubAllGlobals());

  it('opens the dialog of the system in a window of the desktop', () => {
    vi.stubGlobal('marginalia', {});
    void askPaths('folder');
    expect(asked).toEqual(['paths.choose']);
    expect(useView().dialog).toBeNull();
  });

  it('opens the dialog of the page in a browser', () => {
    void askPaths('folder');
    expect(asked).toEqual([]);
    expect(useView().dialog).toBe('paths');
  });
});
