import type { CallOutput } from '../../shared/contract/index.ts';
import { toErrorInfo } from '../../shared/errors.ts';
import { lastPart } from './format.ts';

/** Whole paths, of either kind of system, quoted or not. */
const PATH =
  /(?:[A-Za-z]:\\|\\\\|\/)[^\s"'`,;:!]+(?:[^"'`,;:!\n]*[^\s"'`,;:!])?\.\w{1,5}|(?:[A-Za-z]:\\|\\\\|\/)[^\s"'`,;:!]+/g;
/** DICOM UIDs name a patient's images. */
const UID = /\b\d+(?:\.\d+){4,}\b/g;

/**
 * What to send to who may help: what failed and where it ran. Folder and file names, in which
 * patients' names are often written, and UIDs are left out.
 * @param redact paths that were opened, names of patients: left out although they have blanks and no
 *   quotes around them.
 */
export function errorReport(
  error: unknown,
  about: CallOutput<'app.about'> | null,
  when: Date,
  redact: readonly string[] = [],
): string {
  const { code, message, hint } = toErrorInfo(error);
  const names = [...redact, ...redact.map(lastPart)].filter((name) => name.length > 1);
  const clean = (text: string): string =>
    names
      .reduce((rest, name) => rest.replaceAll(name, '<path>'), text)
      .replace(PATH, '<path>')
      .replace(UID, '<uid>');
  const lines = [
    `Marginalia ${about?.version ?? 'of unknown version'}, ${when.toISOString()}`,
    about &&
      `${about.platform}, Node ${about.node}, ONNX Runtime ${about.onnxruntime}${about.electron ? `, Electron ${about.electron}` : ''}, ${about.host}`,
    `Error ${code}: ${clean(message)}`,
    hint && `Hint: ${clean(hint)}`,
  ];
  return `${lines.filter(Boolean).join('\n')}\n`;
}
