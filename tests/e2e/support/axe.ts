import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** WCAG 2.2 A and AA as far as they can be checked by machine: one line for each thing that fails. */
export async function violations(page: Page): Promise<string[]> {
  // Evaluated by the debugger: the page's own rules let no foreign script in.
  await page.evaluate(axe.source);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
  const found = await page.evaluate<axe.AxeResults>(
    `axe.run({ runOnly: ${JSON.stringify(tags)} })`,
  );
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, any, all, none }) => {
      const why = [...any, ...all, ...none].map(({ message }) => message).join('; ');
      return `${id}: ${target.join(' ')}: ${why}`;
    }),
  );
}
