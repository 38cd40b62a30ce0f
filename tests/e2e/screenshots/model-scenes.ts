import type { Page } from 'playwright-core';
import { publishedModel, SHIPPED_MODEL } from '../support/fake-library.ts';
import type { Scene } from './scenes.ts';

const settings = { model: 'default' };

const LONG =
  'MedCLIPSeg_unimedclip_ViT-B-16_breast-ultrasound_all-pictures_seed666_latest-of-three';
const MANY = [
  { ...SHIPPED_MODEL, id: 'shipped', isDefault: false },
  publishedModel('BUSI', {
    isDefault: true,
    description: 'Published MedCLIPSeg. Trained on BUSI.',
  }),
  publishedModel('BUSI-10'),
  publishedModel(LONG),
  publishedModel('damaged', {
    problem: {
      code: 'bundle-file-missing',
      message: 'It lacks weights.safetensors.',
      hint: 'Remove it, and import or download it again.',
    },
  }),
  ...Array.from({ length: 14 }, (_, n) => publishedModel(`Kvasir-${n + 1}`)),
];

const dialog = (page: Page) => page.getByRole('dialog', { name: 'Models' });

async function openModels(page: Page): Promise<void> {
  await page.getByText('Try the demo series').click();
  await page.getByText('Axial').first().waitFor();
  await page.getByRole('button', { name: 'versions' }).click();
  await page.getByRole('button', { name: 'Other models' }).click();
  await page.getByRole('list', { name: 'Models' }).waitFor();
}

async function choose(page: Page): Promise<void> {
  await openModels(page);
  await dialog(page).getByRole('button', { name: 'Import' }).click();
  await page.getByRole('button', { name: 'Choose a file' }).click();
  await page.getByText('study.zip').click();
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await page.getByLabel('Name in the library').first().fill('BUSI-25');
}

async function offered(page: Page): Promise<void> {
  await openModels(page);
  await dialog(page).getByRole('button', { name: 'Download' }).click();
  await page.getByRole('button', { name: '25 % of BUSI' }).click();
  await page.getByText('apache-2.0').waitFor();
}

const press = (page: Page, name: string): Promise<void> =>
  page.locator('form').getByRole('button', { name, exact: true }).click();

/** The dialog of models in all its states. */
export const MODEL_SCENES: readonly Scene[] = [
  {
    name: 'models',
    options: { pace: 1, settings, library: {} },
    arrange: openModels,
  },
  {
    name: 'models-many',
    docs: { name: 'models' },
    options: { pace: 1, settings, library: { models: MANY } },
    async arrange(page) {
      await openModels(page);
      await page.getByText('measure', { exact: true }).click();
      await page.getByText('to the first mask').waitFor();
    },
  },
  {
    name: 'models-long',
    options: { pace: 1, settings, library: { models: MANY } },
    async arrange(page) {
      await openModels(page);
      await page.getByText(LONG).first().click();
      await page.getByRole('button', { name: 'Remove' }).click();
    },
  },
  {
    name: 'models-damaged',
    options: { pace: 1, settings, library: { models: MANY } },
    async arrange(page) {
      await openModels(page);
      await page.getByRole('button', { name: /^damaged/ }).click();
    },
  },
  {
    name: 'models-untrained',
    options: {
      pace: 1,
      settings,
      library: {
        models: [SHIPPED_MODEL, publishedModel('UniMedCLIP', { untrained: true, shared: 0 })],
      },
    },
    async arrange(page) {
      await openModels(page);
      await page.getByRole('button', { name: /^UniMedCLIP/ }).click();
    },
  },
  {
    name: 'models-importing',
    docs: { name: 'models-import' },
    options: { pace: 1, settings, library: { importStops: true } },
    async arrange(page) {
      await choose(page);
      await press(page, 'Import');
      await page.getByRole('button', { name: 'Cancel' }).waitFor();
    },
  },
  {
    name: 'models-failed',
    options: { pace: 1, settings, library: { importFails: true } },
    async arrange(page) {
      await choose(page);
      await press(page, 'Import');
      await page.getByRole('alert').waitFor();
    },
  },
  {
    name: 'models-published',
    options: { pace: 1, settings, library: {} },
    async arrange(page) {
      await openModels(page);
      await dialog(page).getByRole('button', { name: 'Download' }).click();
      await page.getByRole('button', { name: '25 % of BUSI' }).waitFor();
    },
  },
  {
    name: 'models-offer',
    docs: { name: 'models-download' },
    options: { pace: 1, settings, library: {} },
    arrange: offered,
  },
];
