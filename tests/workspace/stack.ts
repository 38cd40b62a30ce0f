import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import {
  openWorkspace,
  type Workspace,
  type WorkspaceOptions,
} from '../../src/main/workspace/index.ts';

/** A small stack: 16 columns, 8 rows, 5 slices. */
export const STACK = {
  stack: '1.2.3#2',
  seriesInstanceUid: '1.2.3',
  description: 'Abdomen, portal venous',
  modality: 'CT',
  size: [16, 8, 5],
  files: ['/data/a.dcm', '/data/b.zip!b.dcm'],
} as const;
export const ID = STACK.stack;
export const PIXELS = 16 * 8;

export const LIVER = {
  name: 'Liver',
  colour: '#aa3300',
  prompt: 'liver in CT',
  visible: true,
  locked: false,
  term: { scheme: 'SCT', value: '10200004', meaning: 'Liver' },
};

const opened: Workspace[] = [];
const folders: string[] = [];
afterEach(() => {
  for (const workspace of opened.splice(0)) workspace.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Removed after the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'marginalia-workspace-'));
  folders.push(folder);
  return folder;
}

/** Closed after the test at the latest. */
export function open(folder: string, options: WorkspaceOptions = { user: 'ada' }): Workspace {
  const workspace = openWorkspace(folder, options);
  opened.push(workspace);
  return workspace;
}

export function close(workspace: Workspace): void {
  opened.splice(opened.indexOf(workspace), 1);
  workspace.close();
}

/** A workspace with the stack and `labels` labels. */
export function prepared(folder: string, labels = 2, options?: WorkspaceOptions): Workspace {
  const workspace = open(folder, options);
  workspace.series.open(STACK);
  for (let n = 1; n <= labels; n++) workspace.labels.create(ID, { ...LIVER, name: `Label ${n}` });
  return workspace;
}

/** A slice with one label in the pixels from … to − 1. */
export function stripe(value: number, from: number, to: number): Uint8Array {
  return new Uint8Array(PIXELS).fill(value, from, to);
}

export function stroke(
  workspace: Workspace,
  index: number,
  labels: Uint8Array,
  name = 'Brush',
): void {
  workspace.journal.record(ID, {
    name,
    actor: 'human',
    slices: [{ index, labels, review: 'corrected' }],
  });
}

/** Labels of all slices, one behind the other. */
export function everything(workspace: Workspace): Uint8Array {
  return Uint8Array.from(
    Array.from({ length: STACK.size[2] }, (_, k) => [...workspace.slices.read(ID, k)]).flat(),
  );
}
