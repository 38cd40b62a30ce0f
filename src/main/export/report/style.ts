import { raw } from 'hono/html';

/** For the screen and for paper. */
export const STYLE = raw(`
  :root { color-scheme: light; }
  * { box-sizing: border-box; }
  body { max-width: 62rem; margin: 0 auto; padding: 2rem 1.5rem; background: #fff; color: #1d2127;
    font: 15px/1.5 system-ui, sans-serif; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h1 { margin: 0; font-size: 1.6rem; }
  h2 { margin: 2rem 0 .6rem; padding-bottom: .2rem; border-bottom: 1px solid #d5d8dd; font-size: 1.1rem; }
  header p { margin: .2rem 0; }
  .notice { padding: .5rem .8rem; border: 1px solid #b3261e; border-radius: 6px; color: #8c1d18; font-weight: 600; }
  .warning { color: #8a4b00; }
  table { width: 100%; border-collapse: collapse; }
  th, td { padding: .3rem .6rem .3rem 0; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
  tbody tr { border-top: 1px solid #e6e8eb; }
  .facts th { width: 12rem; font-weight: 500; color: #555c66; }
  .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
  .colour { display: inline-block; width: .9em; height: .9em; border-radius: 3px; vertical-align: -1px; }
  .counts { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; margin: .5rem 0; padding: 0; list-style: none; }
  svg { display: block; width: 100%; shape-rendering: crispEdges; }
  svg.doubt { height: 110px; border-bottom: 1px solid #8b919b; fill: #b4552d; }
  svg.review { height: 14px; }
  .pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem; }
  figure { margin: 0; break-inside: avoid; }
  img { display: block; max-width: 100%; height: auto; background: #000; }
  figcaption, small { color: #555c66; font-size: .85rem; }
  code { font-size: .85rem; overflow-wrap: anywhere; }
  @media print {
    body { max-width: none; padding: 0; font-size: 10pt; }
    h2 { break-after: avoid; }
    tr, svg { break-inside: avoid; }
  }
`);
