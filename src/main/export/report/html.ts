import { html as escaping, type raw } from 'hono/html';

/** Markup in which every text has been escaped. */
export type Html = ReturnType<typeof raw>;

/** Markup with values: texts are escaped, markup and lists of it are taken as they are. */
export const html = (strings: TemplateStringsArray, ...values: readonly Value[]): Html =>
  escaping(strings, ...values) as Html;

type Value = string | number | Html | readonly Html[] | null;

/** A table of two columns: what it is, and how much. Rows without a value are left out. */
export const facts = (rows: readonly (readonly [string, string | number | Html | null])[]): Html =>
  html`<table class="facts">
    ${rows
      .filter(([, value]) => value !== null && value !== '')
      .map(
        ([name, value]) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td><bdi>${value}</bdi></td>
          </tr>`,
      )}
  </table>`;
