import type { Page } from 'playwright-core';
import { addLabel, pane, setNumbers } from './actions.ts';
import type { App } from './app.ts';
import { askHost } from './ask-host.ts';

/** The demo series, opened, with labels that nothing is suggested of yet. */
export interface Demo {
  readonly stack: string;
  /** Of the labels, in their order. */
  readonly ids: readonly string[];
}

/** Opens the demo series and adds labels. What is decided does not change what is suggested elsewhere. */
export async function openDemo(app: App, names: readonly string[]): Promise<Demo> {
  const { page } = app;
  await askHost(app, 'settings.change', { propagate: false });
  await page.reload();
  await page.getByRole('button', { name: /^Try the demo series/ }).click();
  await pane(page).waitFor({ timeout: 120_000 });
  const [source] = await askHost(app, 'sources.list', {});
  const stack = source!.stacks[0]!.id;
  for (const name of names) await addLabel(page, name);
  await setNumbers(page, { samples: 2, learningSteps: 2 });
  const { labels } = await askHost(app, 'annotation.get', { stack });
  return { stack, ids: labels.map(({ id }) => id) };
}

/** Has all labels suggested in the whole series, and waits for it. */
export async function suggestSeries(page: Page): Promise<void> {
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  // It may be done before anybody looks.
  await Promise.all([button('Stop').waitFor(), button('Suggest series').click()]);
  await button('Suggest series').waitFor({ timeout: 170_000 });
}
