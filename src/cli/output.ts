/** Columns side by side, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((h, c) => Math.max(h.length, ...rows.map((r) => (r[c] ?? '').length)));
  const numeric = head.map((_, c) => rows.every((r) => /^[-+]?[\d.,]+\S?$|^–?$/.test(r[c] ?? '')));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, c) => (numeric[c] ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((w) => '─'.repeat(w))), ...rows.map(line)].join('\n');
}

export interface ProgressLine {
  show(text: string): void;
  end(): void;
}

/** One line on the terminal that changes; silent when standard error is piped. */
export function progressLine(): ProgressLine {
  if (!process.stderr.isTTY) return { show: () => undefined, end: () => undefined };
  return {
    show: (text) => void process.stderr.write(`\r\x1b[K${text}`),
    end: () => void process.stderr.write('\r\x1b[K'),
  };
}

/** @param done 0 … 1; null where it is not known. */
export const progressText = (text: string, done: number | null): string =>
  done === null ? text : `${text} ${Math.round(100 * done)} %`;

/** @param bytes of the frozen towers that another model of the library has, too. */
export const keptOnce = (bytes: number): string =>
  `Its towers (${(bytes / 1e6).toFixed(1)} MB) were there already and are kept once.`;
