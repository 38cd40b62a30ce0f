/**
 * Whether tests that repeat something by chance do so at full length: `MARGINALIA_LONG=1 npm test`.
 * Without it they still meet every case once.
 */
export const LONG = process.env['MARGINALIA_LONG'] === '1';
