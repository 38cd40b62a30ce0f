import { basename, dirname, join, relative, sep } from 'node:path';
import type { Locator, Page } from 'playwright-core';

/** What users do, by the names that they see. */

export const pane = (page: Page, plane = 'Axial'): Locator =>
  page.getByRole('img', { name: new RegExp(`^${plane} \\d+ / \\d+$`) });

/** The number of the slice that is shown, counted from 1, and how many there are. */
export async function place(page: Page, plane?: string): Promise<readonly [number, number]> {
  const label = (await pane(page, plane).getAttribute('aria-label')) ?? '';
  const [slice = 0, slices = 0] = (label.match(/\d+/g) ?? []).map(Number);
  return [slice, slices];
}

export async function goTo(page: Page, slice: number, plane?: string): Promise<void> {
  const strip = page.getByRole('slider', { name: /^(Slice|Frame|Picture)$/ });
  for (;;) {
    const [at] = await place(page, plane);
    if (at === slice) return;
    await strip.press(at < slice ? 'ArrowRight' : 'ArrowLeft');
  }
}

/**
 * Goes, in the page's own list of folders, to a folder below one of its roots.
 * @returns the dialog.
 */
async function goInto(page: Page, folder: string): Promise<Locator> {
  const dialog = page.getByRole('dialog', { name: /^(Open|Choose) / });
  // It opens where it was left the last time.
  const place = dialog.getByRole('status');
  await place.filter({ hasText: /./ }).waitFor();
  for (;;) {
    const at = await place.innerText();
    if (at === 'Folders that this page may open') break;
    await dialog.getByRole('button', { name: 'One folder up' }).click();
    await place.filter({ hasNotText: at }).waitFor();
  }
  await dialog.getByRole('listitem').first().waitFor();
  const roots = await dialog.getByRole('listitem').allInnerTexts();
  const root = roots.find((one) => `${folder}${sep}`.startsWith(`${one.trim()}${sep}`))!.trim();
  let at = '';
  for (const name of [root, ...relative(root, folder).split(sep).filter(Boolean)]) {
    at = join(at, name);
    await dialog.getByRole('button', { name, exact: true }).click();
    await isListed(page, at);
  }
  return dialog;
}

/** Waits until the page's own list of folders shows what is in a folder. */
export const isListed = (page: Page, folder: string): Promise<void> =>
  page
    .getByRole('dialog', { name: /^(Open|Choose) / })
    .getByRole('status')
    .getByText(folder, { exact: true })
    .waitFor();

/**
 * Chooses a folder, or files of one folder, in the page's own list.
 * @param meanwhile what happens between the choice and the button that ends it.
 */
export async function choosePaths(
  page: Page,
  paths: readonly [string, ...string[]],
  meanwhile?: () => void,
): Promise<void> {
  await page.getByRole('dialog', { name: /^(Open|Choose) / }).waitFor();
  const wantsFiles = await page.getByRole('dialog', { name: 'Open files' }).isVisible();
  const dialog = await goInto(page, wantsFiles ? dirname(paths[0]) : paths[0]);
  for (const path of wantsFiles ? paths : []) {
    await dialog.getByRole('button', { name: basename(path), exact: true }).click();
  }
  meanwhile?.();
  await dialog.getByRole('button', { name: /^(Open|Open this folder|Write here)$/ }).click();
  await dialog.waitFor({ state: 'hidden' });
}

export async function addLabel(page: Page, name: string): Promise<void> {
  // Not before the labels of the series have been read.
  await page.getByRole('button', { name: 'Add a label', disabled: false }).waitFor();
  await page.keyboard.press('l');
  await page.getByRole('textbox', { name: 'Name of the label' }).fill(name);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name, exact: true }).waitFor();
  // A prompt is proposed for the name: what is suggested before is dropped then.
  await prompt(page, name).evaluate(HOLDS_TEXT, name);
}

/** In the page: waits until something is written in a field. As text, as in `still`. */
const HOLDS_TEXT = `(field, text) => new Promise((done) => {
  (function look() {
    if (field.value.includes(text)) done();
    else requestAnimationFrame(look);
  })();
})`;

/**
 * Waits until the host has acknowledged everything that was done on the page: the page then shows what
 * the host has. For what the page does next, where the host alone was asked what became of the last.
 */
export const isSaved = (page: Page): Promise<void> => page.getByText(/^saved/).waitFor();

/** The text box with what the model is told to look for. */
export const prompt = (page: Page, label: string): Locator =>
  page.getByRole('textbox', { name: `What the model is told to look for: ${label}` });

/** Sets numbers in the settings, by keys; all samples are taken. */
export async function setNumbers(
  page: Page,
  { samples, learningSteps }: { readonly samples: number; readonly learningSteps: number },
): Promise<void> {
  await page.keyboard.press('Control+,');
  const dialog = page.getByRole('dialog', { name: 'Settings' });
  await dialog.getByRole('button', { name: 'Model and device' }).click();
  await dialog.getByRole('slider', { name: 'Tolerance' }).press('Home');
  const slider = dialog.getByRole('slider', { name: 'Samples' });
  await slider.press('Home');
  for (let n = 0; n < samples; n++) await slider.press('ArrowRight');
  await dialog.getByLabel('Learning steps', { exact: true }).fill(`${learningSteps}`);
  await page.keyboard.press('Escape');
}

export type Point = readonly [x: number, y: number];

/** Where a point of a pane is on the page; both are fractions of the pane. */
export async function pointIn(target: Locator, [x, y]: Point): Promise<Point> {
  const box = (await target.boundingBox())!;
  return [box.x + x * box.width, box.y + y * box.height];
}

/** Presses the button over a pane and moves along points; it stays pressed. */
export async function drag(page: Page, target: Locator, points: readonly Point[]): Promise<void> {
  const [first, ...more] = points;
  await page.mouse.move(...(await pointIn(target, first!)));
  await page.mouse.down();
  for (const point of more) await page.mouse.move(...(await pointIn(target, point)), { steps: 6 });
}

export async function stroke(page: Page, target: Locator, points: readonly Point[]): Promise<void> {
  await drag(page, target, points);
  await page.mouse.up();
}

/** What the last edit is called, '' where there is none. */
export async function undoName(page: Page): Promise<string> {
  return (await page.getByRole('button', { name: /^Undo/ }).innerText()).trim();
}
