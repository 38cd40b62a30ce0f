import type { Page } from 'playwright-core';
import { ABDOMEN_LABELS } from '../../../src/main/phantom/abdomen.ts';
import type { FakeOptions } from '../support/fake-session.ts';
import { MODEL_SCENES } from './model-scenes.ts';
import type { Stage } from './stage.ts';

export interface Scene {
  readonly name: string;
  /** Of the host that answers from memory; undefined for the real one. */
  readonly options?: FakeOptions;
  readonly real?: boolean;
  /** As what, and how, the documentation shows it. */
  readonly docs?: {
    readonly name: string;
    readonly size?: 'readme' | 'large';
    readonly theme?: 'light';
  };
  /** Brings the page, which is opened already, to what is to be shown. */
  arrange?(page: Page, stage: Stage): Promise<void>;
  /** In a browser that draws no WebGL. */
  readonly noWebGl?: boolean;
}

const LONG_PATH =
  '/mnt/archive/2026/radiology/hospital-of-the-good-shepherd/abdomen/portal-venous/patients-0001-0250/patient-0017/study-2026-03-04/series-0004';
const recent = (title: string, path: string, opened: string, exists = true) => ({
  title,
  paths: [path],
  opened,
  exists,
});

const RECENTS: FakeOptions['recents'] = [
  recent('CT abdomen', '/data/ct/abdomen', '2026-11-25T08:40:00Z'),
  recent('MR brain T1', '/data/mr/brain', '2026-11-20T14:05:00Z'),
  recent(
    'CT ABDOMEN+PELVIS W CONTRAST PORTAL VENOUS 1.25 MM AXIAL RECON BR40 ITERATIVE STRENGTH 3 THIN',
    LONG_PATH,
    '2026-11-19T08:00:00Z',
  ),
  recent('Hippocampus', '/media/stick/hippocampus.zip', '2026-11-02T17:21:00Z', false),
  ...Array.from({ length: 9 }, (_, n) =>
    recent(`Study ${n + 1}`, `/data/trial-a/case-00${n + 1}`, `2025-1${n % 2}-0${n + 1}T10:00:00Z`),
  ),
];

const LABELS = [
  ['liver', ABDOMEN_LABELS.liver, '#ee6a5f'],
  ['spleen', ABDOMEN_LABELS.spleen, '#4da3e8'],
  ['left kidney', ABDOMEN_LABELS.leftKidney, '#e8c547'],
  ['right kidney', ABDOMEN_LABELS.rightKidney, '#4fbf8b'],
  [
    'hypodense lesion of segment VII abutting the right hepatic vein, suspected metastasis',
    99,
    '#c678dd',
  ],
  ...Array.from(
    { length: 25 },
    (_, n) => [`lymph node station ${n + 1}`, 100 + n, '#5fd3d9'] as const,
  ),
] as const;

const menu = (page: Page, group: string, item: string): Promise<void> =>
  page
    .getByRole('button', { name: 'Menu of Marginalia' })
    .click()
    .then(() => page.getByText(group, { exact: true }).first().hover())
    .then(() => page.getByText(item).first().click());

export async function openDemo(page: Page): Promise<void> {
  await page.getByText('Try the demo series').click();
  await page.getByText('Axial').first().waitFor();
  await page.locator('.status').waitFor({ state: 'detached' });
}

/** The whole series suggested. */
async function suggested(page: Page): Promise<void> {
  await openDemo(page);
  // It may be done before anybody looks.
  await Promise.all([
    page.getByRole('button', { name: 'Stop' }).waitFor(),
    page.getByRole('button', { name: 'Suggest series' }).click(),
  ]);
  await page.getByRole('button', { name: 'Suggest series' }).waitFor({ timeout: 120_000 });
  await page.locator('.queue .entry').first().waitFor();
  await page.keyboard.press('n');
  await page.mouse.move(500, 400);
}

async function addLabel(page: Page, name: string): Promise<void> {
  await page.keyboard.press('l');
  await page.getByRole('textbox', { name: 'Name of the label' }).fill(name);
  await page.keyboard.press('Enter');
  await page.getByLabel(`look for: ${name}`).and(page.locator('textarea')).first().waitFor();
}

/** The demo series as the shipped model sees it: some slices suggested, some of them decided. */
async function realSession(page: Page): Promise<void> {
  await openDemo(page);
  // Labels can be added once those of before have been read.
  await page.getByRole('button', { name: 'Add a label', disabled: false }).waitFor();
  for (const name of ['liver', 'spleen']) await addLabel(page, name);
  await page.keyboard.press('1');
  await page.getByRole('button', { name: 'range' }).click();
  await page.getByRole('button', { name: 'Suggest these', exact: true }).click();
  await page.getByRole('button', { name: 'Stop' }).waitFor();
  await page.getByRole('button', { name: 'Suggest series' }).waitFor({ timeout: 500_000 });
  await page.locator('.queue .entry').nth(5).waitFor();
  for (const key of ['n', 'Shift+A', 'Shift+A', 'r', 'n', 'Shift+A', 'n', 'b']) {
    await page.keyboard.press(key);
    await page.waitForTimeout(1500);
  }
  await page.mouse.move(560, 430);
}

const openedPath = async (page: Page): Promise<void> => {
  await page.getByText('CT abdomen').first().click();
};

const drag = (page: Page): Promise<void> =>
  page.evaluate(`{
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['x'], 'IM0001.dcm'));
    document.body.dispatchEvent(new DragEvent('dragenter', { bubbles: true, dataTransfer }));
  }`);

const FAST: FakeOptions = { pace: 1, decided: true };

/** Every main state of the page. */
export const SCENES: readonly Scene[] = [
  { name: 'real', docs: { name: 'main', size: 'readme' }, real: true, arrange: realSession },
  { name: 'start-empty' },
  { name: 'start-recents', docs: { name: 'start' }, options: { recents: RECENTS } },
  {
    name: 'start-drop',
    docs: { name: 'drop' },
    options: { recents: RECENTS.slice(0, 3) },
    arrange: (page) => drag(page),
  },
  {
    name: 'main-drop',
    options: FAST,
    arrange: async (page) => {
      await openDemo(page);
      await drag(page);
    },
  },
  {
    name: 'loading',
    docs: { name: 'loading' },
    options: { recents: RECENTS, pace: 2000 },
    arrange: async (page) => {
      await openedPath(page);
      await page.getByText('of 480 files').waitFor();
    },
  },
  {
    name: 'error',
    docs: { name: 'error' },
    options: { recents: RECENTS, openFails: true, pace: 1 },
    arrange: async (page) => {
      await openedPath(page);
      await page.getByText('could not be opened').waitFor();
    },
  },
  {
    name: 'main-empty',
    docs: { name: 'first-label' },
    options: { ...FAST, decided: false, labels: [] },
    arrange: openDemo,
  },
  { name: 'main', docs: { name: 'light', theme: 'light' }, options: FAST, arrange: suggested },
  {
    name: 'main-long',
    docs: { name: 'many-labels' },
    options: { ...FAST, longNames: true, labels: LABELS },
    arrange: async (page) => {
      await openDemo(page);
      await page.getByText('spleen').first().waitFor();
      await page.keyboard.press('5');
    },
  },
  {
    name: 'main-many-slices',
    docs: { name: 'large', size: 'large' },
    options: { ...FAST, size: 96, slices: 500 },
    arrange: suggested,
  },
  {
    name: 'sheet',
    docs: { name: 'sheet' },
    options: { ...FAST, decided: true },
    arrange: async (page) => {
      await openDemo(page);
      await page.keyboard.press('Shift+X');
      await page.getByRole('dialog', { name: 'All slices' }).waitFor();
      await page.getByText('Slice 49').last().waitFor();
    },
  },
  {
    name: 'series-refused',
    docs: { name: 'refused' },
    options: FAST,
    arrange: async (page) => {
      await openDemo(page);
      await page.getByText('Arterial 2.5').click();
      await page.getByText('The series cannot be opened').waitFor();
    },
  },
  {
    name: 'streaming',
    docs: { name: 'suggesting' },
    options: { pace: 150, decided: true },
    arrange: async (page) => {
      await openDemo(page);
      await page.getByRole('button', { name: 'Suggest series' }).click();
      await page.getByText(/: (1[4-9]|[2-6]\d) of/).waitFor();
    },
  },
  {
    name: 'layout-grid',
    options: FAST,
    arrange: async (page) => {
      await suggested(page);
      await page.keyboard.press('Alt+2');
    },
  },
  {
    name: 'surface',
    docs: { name: 'surface' },
    options: { ...FAST, labels: LABELS.slice(0, 3) },
    arrange: async (page) => {
      await suggested(page);
      await page.keyboard.press('Alt+2');
      await page.keyboard.press('y');
      await page.getByText('working …').waitFor();
      await page.getByText('working …').waitFor({ state: 'detached' });
    },
  },
  {
    name: 'accept-many',
    docs: { name: 'accept-many' },
    options: FAST,
    arrange: async (page) => {
      await suggested(page);
      await page.keyboard.press('Control+Shift+A');
      await page.getByRole('button', { name: /^Accept \d+ slices$/, disabled: false }).waitFor();
    },
  },
  {
    name: 'annotate-first',
    docs: { name: 'annotate-first' },
    options: { ...FAST, settings: { annotateFirst: true } },
    arrange: suggested,
  },
  {
    name: 'brush',
    options: FAST,
    arrange: async (page) => {
      await suggested(page);
      await page.keyboard.press('b');
      await page.mouse.move(520, 380);
      await page.mouse.down();
      await page.mouse.move(560, 420, { steps: 4 });
      await page.mouse.up();
    },
  },
  {
    name: 'brush-long',
    options: { ...FAST, longNames: true, labels: LABELS },
    arrange: async (page) => {
      await openDemo(page);
      await page.getByText('spleen').first().waitFor();
      for (const key of ['5', 'b']) await page.keyboard.press(key);
      await page.mouse.move(520, 380, { steps: 3 });
    },
  },
  {
    name: 'threshold',
    options: FAST,
    arrange: async (page) => {
      await suggested(page);
      await page.keyboard.press('t');
    },
  },
  {
    name: 'learn-running',
    options: { ...FAST, pace: 40 },
    arrange: async (page) => {
      await openDemo(page);
      await page.getByRole('button', { name: 'Learn', exact: true }).click();
      await page.getByText(/step (8|9)\d of/).waitFor();
    },
  },
  {
    name: 'learn-judged',
    docs: { name: 'learned' },
    options: FAST,
    arrange: async (page) => {
      await openDemo(page);
      await page.getByRole('button', { name: 'Learn', exact: true }).click();
      await page.getByText('Keep anyway').waitFor();
    },
  },
  ...MODEL_SCENES,
  {
    name: 'versions',
    docs: { name: 'versions' },
    options: FAST,
    arrange: async (page) => {
      await openDemo(page);
      await page.getByRole('button', { name: 'versions' }).click();
    },
  },
  {
    name: 'export',
    docs: { name: 'export' },
    options: FAST,
    arrange: async (page) => {
      await suggested(page);
      await page.keyboard.press('Control+e');
      await page.getByRole('radio', { name: 'With suggestions' }).check();
    },
  },
  {
    name: 'export-nnunet',
    options: FAST,
    arrange: async (page) => {
      await openDemo(page);
      await page.keyboard.press('Control+e');
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('nnU-Net dataset').check();
      await dialog.getByLabel('Have nnU-Net ignore').uncheck();
      await dialog.getByRole('alert').waitFor();
    },
  },
  ...['View and work', 'Model and device', 'Window presets', 'Keys'].map((tab): Scene => ({
    ...(tab === 'Model and device' && { docs: { name: 'settings' } }),
    name: `settings-${tab.split(' ')[0]!.toLowerCase()}`,
    options: FAST,
    arrange: async (page) => {
      await openDemo(page);
      await page.keyboard.press('Control+,');
      await page.getByRole('dialog').waitFor();
      await page.getByRole('navigation').getByRole('button', { name: tab }).click();
    },
  })),
  {
    name: 'shortcuts',
    docs: { name: 'keys' },
    options: FAST,
    arrange: async (page) => {
      await openDemo(page);
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'about',
    options: FAST,
    arrange: async (page) => {
      await openDemo(page);
      await menu(page, 'Help', 'About Marginalia');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'menu',
    options: FAST,
    arrange: async (page) => {
      await openDemo(page);
      await page.getByRole('button', { name: 'Menu of Marginalia' }).click();
      await page.getByText('Edit', { exact: true }).first().hover();
      await page.getByText('Fill holes').waitFor();
    },
  },
  {
    name: 'menu-edit',
    options: FAST,
    arrange: async (page) => {
      await openDemo(page);
      await page.getByRole('button', { name: 'Edit the whole label' }).click();
      await page.getByText('Fill holes').waitFor();
    },
  },
  {
    name: 'menu-prompts',
    options: {
      ...FAST,
      settings: {
        prompts: [{ label: 'liver', prompt: 'the liver without its vessels', modality: 'CT' }],
      },
    },
    arrange: async (page) => {
      await openDemo(page);
      await page.getByRole('button', { name: 'Prompts to choose from' }).click();
      await page.getByText('Keep this prompt').waitFor();
    },
  },
  {
    name: 'problems',
    options: FAST,
    arrange: async (page) => {
      await openDemo(page);
      await page.locator('button.left').click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'paths',
    options: FAST,
    arrange: async (page) => {
      await page.keyboard.press('Control+o');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'notices',
    options: FAST,
    arrange: async (page, stage) => {
      await openDemo(page);
      await page.getByRole('button', { name: 'Lock liver' }).waitFor();
      stage.notice({
        level: 'warning',
        message: 'WebGPU failed; the CPU goes on.',
        hint: 'The settings say what this machine offers.',
        see: 'settings',
      });
      stage.notice({
        level: 'error',
        message: 'The disk is full: the last stroke could not be kept.',
        hint: 'Free some space, then paint it again.',
      });
      stage.notice({
        level: 'info',
        message: 'The engine was started again after it ended by itself.',
      });
      await page.keyboard.press('Shift+F');
      await page.locator('.notice').nth(2).waitFor();
    },
  },
  {
    name: 'lost',
    docs: { name: 'lost' },
    options: FAST,
    arrange: async (page, stage) => {
      await suggested(page);
      await page.keyboard.press('Shift+A');
      await page.getByText(/^saved/).waitFor();
      await stage.close();
      await page.getByText('does not answer').waitFor();
      await page.keyboard.press('r');
      await page.getByText('1 change waits').waitFor();
    },
  },
  { name: 'no-webgl', options: FAST, noWebGl: true, arrange: openDemo },
  {
    name: 'patient-hidden',
    options: { ...FAST, settings: { hidePatient: true } },
    arrange: openDemo,
  },
];
