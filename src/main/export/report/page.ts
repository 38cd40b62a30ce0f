import {
  amountOf,
  amountUnit,
  frameWord,
  type AmountUnit,
  type ImageKind,
  type Raster,
} from '../../../shared/image/index.ts';
import { contentsText, holdsUndecided } from '../contents.ts';
import { frameNames } from '../pictures/frame-names.ts';
import type { AnnotationResult } from '../result.ts';
import { RESEARCH_NOTICE } from '../provenance.ts';
import type { LabelStatistics } from '../statistics-csv.ts';
import { facts, html, type Html } from './html.ts';
import type { Picture } from './pictures.ts';
import { doubtStrip, reviewStrip, STATES, statesOf } from './strip.ts';
import { STYLE } from './style.ts';
import { isManual } from '../who-drew.ts';

export interface Report {
  readonly result: AnnotationResult;
  /** One a label. */
  readonly statistics: readonly LabelStatistics[];
  readonly pictures: readonly Picture[];
  /** sha256 in hex. */
  readonly hashes: { readonly labels: string; readonly provenance: string };
}

/** The page as a text. Every text that comes from elsewhere is escaped. */
export function reportPage(report: Report): string {
  const { result } = report;
  const { application, created } = result;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Labels – Marginalia</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <header>
          <h1>Labels of ${TITLES[result.image.kind]}</h1>
          <p>
            Marginalia ${application.version} ·
            ${created.toISOString().slice(0, 16).replace('T', ' ')} UTC
          </p>
          <p class="notice">${RESEARCH_NOTICE}</p>
        </header>
        <main>
          ${seriesSection(result)} ${labelSection(report)} ${reviewSection(result)}
          ${modelSection(result)} ${pictureSection(report)} ${hashSection(report)}
        </main>
      </body>
    </html> `;
  return `${String(page)}\n`;
}

const TITLES: Readonly<Record<ImageKind, string>> = {
  volume: 'a series',
  stack: 'a series',
  clip: 'a clip',
  picture: 'a picture',
  set: 'pictures',
};

function seriesSection({ image, series, source, resampled }: AnnotationResult): Html {
  const { patient } = series;
  return html`<section>
    <h2>Series</h2>
    ${facts([
      ['Patient', patient ? patient.name : 'left out'],
      ['Patient ID', patient && patient.id],
      [
        'Study',
        patient &&
          [patient.studyDate.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3'), patient.study]
            .filter(Boolean)
            .join(' · '),
      ],
      ['Description', patient && patient.series],
      ['Modality', [series.modality, series.bodyPart.toLowerCase()].filter(Boolean).join(', ')],
      [titled(`${frameWord(image.kind)}s`), image.raster.size[2]],
      [image.raster.isGrid ? 'Voxels' : 'Pixels', voxelText(image.raster)],
      ['Grid', gridText(image.raster, resampled)],
      [patient ? 'Series UID' : 'Series UID (replaced)', source.seriesInstanceUid],
      [patient ? 'Study UID' : 'Study UID (replaced)', source.studyInstanceUid],
    ])}
  </section>`;
}

const titled = (word: string): string => `${word[0]!.toUpperCase()}${word.slice(1)}`;

function voxelText({ size, spacing, measured, isGrid, frameSizes }: Raster): string {
  const pixels = (isGrid ? size : size.slice(0, 2)).join(' × ');
  const many = frameSizes ? `up to ${pixels}` : pixels;
  if (!measured) return `${many}, of unknown size`;
  const lengths = (isGrid ? spacing : spacing.slice(0, 2)).map((mm) => Number(mm.toFixed(3)));
  const where = measured === 'patient' ? '' : ` (${measured})`;
  return `${many}, ${lengths.join(' × ')} mm${where}`;
}

function gridText({ isGrid }: Raster, resampled: string | null): string {
  if (resampled !== null) return resampled;
  return isGrid ? 'as acquired' : 'none: as acquired, one by one';
}

const amountText = (amount: number, unit: AmountUnit): string =>
  amount.toFixed(unit === 'pixels' ? 0 : amount < 10 ? 2 : 1);

function labelSection({ result, statistics }: Report): Html {
  const { contents, image } = result;
  const isOpen = holdsUndecided(contents);
  const unit = amountUnit(image.raster);
  const rows = result.labels.map(({ name, colour, prompt, term, value }, n) => {
    const { voxels, amount, slices } = statistics[n]!;
    const { paintedUndecided, suggested } = contents.voxels[value]!;
    const undecided = amountOf(paintedUndecided + suggested, image.raster);
    return html`<tr>
      <td><span class="colour" style="background:${colour}"></span></td>
      <th scope="row"><bdi>${name}</bdi></th>
      <td>
        <bdi>${prompt}</bdi
        >${term ? html`<br /><small><bdi>${term.meaning}</bdi> (${term.scheme} ${term.value})</small>` : null}
      </td>
      <td class="number">${amountText(amount, unit)}</td>
      ${unit === 'pixels' ? null : html`<td class="number">${voxels}</td>`}
      <td class="number">${slices}</td>
      ${isOpen ? html`<td class="number">${amountText(undecided, unit)}</td>` : null}
    </tr>`;
  });
  return html`<section>
    <h2>Labels</h2>
    <table>
      <thead>
        <tr>
          <th></th>
          <th scope="col">Label</th>
          <th scope="col">Prompt</th>
          <th scope="col" class="number">${unit === 'ml' ? 'Volume' : 'Area'}, ${unit}</th>
          ${unit === 'pixels' ? null : html`<th scope="col" class="number">${image.raster.isGrid ? 'Voxels' : 'Pixels'}</th>`}
          <th scope="col" class="number">${titled(`${frameWord(image.kind)}s`)}</th>
          ${isOpen ? html`<th scope="col" class="number">Not decided, ${unit}</th>` : null}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </section>`;
}

function reviewSection(result: AnnotationResult): Html {
  const states = statesOf(result);
  const counts = Object.entries(STATES).map(([state, { name, colour }]) => {
    const count = states.filter((one) => one === state).length;
    return html`<li>
      <span class="colour" style="background:${colour}"></span> ${count} ${name}
    </li>`;
  });
  const open = result.review.states.filter(
    (state) => state === 'unseen' || state === 'started',
  ).length;
  const { suggested } = result.contents;
  const sizes =
    suggested.length > 0
      ? 'sizes of labels count suggestions of the model there as they are.'
      : 'sizes of labels are of what is there so far.';
  return html`<section>
    <h2>Review</h2>
    ${reviewStrip(states)}
    <ul class="counts">
      ${counts}
    </ul>
    ${
      open > 0
        ? html`<p class="warning">
            Nobody has decided on ${open} of ${states.length} ${frameWord(result.image.kind)}s:
            ${sizes}
          </p>`
        : null
    }
    <p>${contentsText(result.contents, frameWord(result.image.kind))}</p>
    <p>
      ${
        isManual(result)
          ? 'All labels were drawn by people.'
          : 'Suggestions of a model are part of the labels; provenance.json has their settings, who took them in, and of which slices nobody decided.'
      }
    </p>
  </section>`;
}

function modelSection({ suggestion, image }: AnnotationResult): Html {
  if (suggestion === null) {
    return html`<section>
      <h2>Model and doubt</h2>
      <p>
        No model was asked about every ${frameWord(image.kind)}, so that there is no doubt to show.
      </p>
    </section>`;
  }
  const { model, sampling, window, propagation } = suggestion;
  const doubt = suggestion.slices.map(({ meanUncertainty }) => meanUncertainty);
  const used = suggestion.slices.map(({ samples }) => samples);
  const highest = doubt.indexOf(Math.max(...doubt));
  const [least, most] = [Math.min(...used), Math.max(...used)];
  return html`<section>
    <h2>Model and doubt</h2>
    ${doubtStrip(doubt)}
    <p>
      Mean doubt of every ${frameWord(image.kind)}: entropy of the mean prediction in nats (0 … 0.69
      in a voxel), the highest of all labels. The highest mean is ${doubt[highest]!.toPrecision(3)}
      in ${frameWord(image.kind)} ${highest + 1}.
    </p>
    ${facts([
      ['Model', model.name],
      ['Adapters', model.adapterVersion ?? 'as the model came'],
      ['Temperature', model.temperature ?? 'not calibrated'],
      [
        'Samples a slice',
        least === most ? `${least}` : `${least} to ${most}, at most ${sampling.requested}`,
      ],
      ['Tolerance', sampling.tolerance ?? 'all samples'],
      ['Seed', sampling.seed],
      ['Planes', sampling.planes.join(', ')],
      [
        'Window',
        `centre ${Number(window.centre.toPrecision(4))}, width ${Number(window.width.toPrecision(4))}`,
      ],
      ['Device', sampling.device],
      [
        'Joined with',
        propagation &&
          `${propagation.slices.length} decided ${propagation.slices.length === 1 ? 'slice' : 'slices'}`,
      ],
    ])}
  </section>`;
}

function pictureSection({ result, pictures }: Report): Html {
  const { image, series } = result;
  const slices = image.raster.size[2];
  const word = titled(frameWord(image.kind));
  // Who named a file may have named the patient.
  const names = series.patient && image.kind === 'set' ? frameNames(image) : null;
  const states = statesOf(result);
  return html`<section>
    <h2>${word}s</h2>
    <div class="pictures">
      ${pictures.map(({ slice, caption, width, height, png }) => {
        const text = `${word} ${slice + 1} of ${slices}`;
        return html`<figure>
          <img
            src="data:image/png;base64,${Buffer.from(png).toString('base64')}"
            width="${width}"
            height="${height}"
            alt="${text} with outlines of labels"
          />
          <figcaption>
            ${[text, names?.[slice], STATES[states[slice]!].name, caption].filter(Boolean).join(' · ')}
          </figcaption>
        </figure>`;
      })}
    </div>
  </section>`;
}

function hashSection({ result, hashes }: Report): Html {
  return html`<section>
    <h2>Hashes</h2>
    ${facts([
      ['provenance.json', html`<code>${hashes.provenance}</code>`],
      ['Model', result.suggestion && html`<code>${result.suggestion.model.sha256}</code>`],
      ['Labels', html`<code>${hashes.labels}</code>`],
    ])}
    <p>SHA-256; of the labels: one byte a voxel, columns fastest, then rows and slices.</p>
  </section>`;
}
