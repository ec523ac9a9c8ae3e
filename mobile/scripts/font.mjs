// Makes the web client's copy of Inter: the characters and weights that the pages use, named by content.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import subsetFont from 'subset-font';

const PACKAGE = 'node_modules/@fontsource-variable/inter';
/** The service has what lies in here cached for a year. */
const FOLDER = 'assets/fonts';
const WEIGHTS = { min: 400, max: 700 };
const MOST_KB = 45;

const ranges = JSON.parse(readFileSync('scripts/font-ranges.json', 'utf8'));

function characters() {
  const codes = ranges.flatMap((range) => {
    const [first, last = first] = range.slice('U+'.length).split('-').map((hex) => parseInt(hex, 16));
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  return String.fromCodePoint(...codes);
}

/** Writes the font and its licence, and has page and style sheet in `out` ask for it. */
export async function addFont(out) {
  const whole = readFileSync(`${PACKAGE}/files/inter-latin-wght-normal.woff2`);
  const font = await subsetFont(whole, characters(), { targetFormat: 'woff2', variationAxes: { wght: WEIGHTS } });
  if (font.length > MOST_KB * 1024) throw new Error(`The font has ${font.length} bytes.`);
  const hash = createHash('sha256').update(font).digest('hex').slice(0, 32);
  const url = `/${FOLDER}/inter-${hash}.woff2`;
  mkdirSync(path.join(out, FOLDER), { recursive: true });
  writeFileSync(path.join(out, url), font);
  writeFileSync(path.join(out, FOLDER, 'inter-license.txt'), readFileSync(`${PACKAGE}/LICENSE`));

  const sheet = path.join(out, 'page.css');
  const face = `@font-face {
  font-family: Inter;
  font-weight: ${WEIGHTS.min} ${WEIGHTS.max};
  font-display: swap;
  src: url('${url}') format('woff2');
  unicode-range: ${ranges.join(', ')};
}
`;
  writeFileSync(sheet, `${face}\n${readFileSync(sheet, 'utf8')}`);

  const page = path.join(out, 'index.html');
  const html = readFileSync(page, 'utf8');
  const preload = `<link rel="preload" as="font" type="font/woff2" crossorigin href="${url}" />`;
  const withPreload = html.replace(/(?=<link rel="stylesheet")/, `${preload}\n    `);
  if (withPreload === html) throw new Error('index.html has no style sheet to put the font before.');
  writeFileSync(page, withPreload);
  return font.length;
}
