const DAY = 86_400e6;

/** Date, time of day with fraction, and offset from UTC, of which only the hours are needed. */
const DATE_TIME =
  /^(?:(\d{4})(\d\d)(\d\d))?(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d+))?)?)?(?:[+-]\d{4})?$/;

/**
 * A DICOM TM, DT, or DA with a TM behind it (PS3.5 6.2) in microseconds since 1970, or since midnight
 * where it has no date. Colons of older files are allowed. The offset from UTC is left out: within a
 * series it is the same.
 * @returns undefined where the text is no time, or less precise than an hour.
 */
export function microsecondsOf(text: string): number | undefined {
  const match = DATE_TIME.exec(text.trim().replaceAll(':', ''));
  if (match === null) return undefined;
  const [, year, month, day, hour, minute = '0', second = '0', fraction = ''] = match;
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  // 60 is a leap second.
  if (h > 23 || m > 59 || s > 60) return undefined;
  const date =
    year === undefined ? 0 : Date.UTC(Number(year), Number(month) - 1, Number(day)) * 1000;
  return date + ((h * 60 + m) * 60 + s) * 1e6 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}

/** The first and the last time of a part, microseconds. */
export type Span = readonly [from: number, to: number];

/**
 * Both ends of each span as the clock showed them, `09:41:12`. With as many digits of the fraction
 * of a second as tell the beginnings apart, and with the date where the days differ.
 */
export function clockTexts(spans: readonly Span[]): (readonly [from: string, to: string])[] {
  const dated = new Set(spans.flat().map((time) => Math.floor(time / DAY))).size > 1;
  for (let digits = 0; ; digits++) {
    const text = (time: number): string => clockText(time, digits, dated);
    const texts = spans.map(([from, to]) => [text(from), text(to)] as const);
    if (digits === 6 || new Set(texts.map(([from]) => from)).size === spans.length) return texts;
  }
}

/** @param digits of the fraction of a second, which is cut off, not rounded. */
function clockText(microseconds: number, digits: number, dated: boolean): string {
  const [date, time] = new Date(Math.floor(microseconds / 1000)).toISOString().split('T');
  // Of a time before 1970, too.
  const fraction = String(((microseconds % 1e6) + 1e6) % 1e6)
    .padStart(6, '0')
    .slice(0, digits);
  const clock = time!.slice(0, 8) + (digits === 0 ? '' : `.${fraction}`);
  return dated ? `${date} ${clock}` : clock;
}
