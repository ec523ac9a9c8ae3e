// Exports the web client, compresses what can be compressed, and holds the first load to its budget. A running
// service serves dist, so all of it is made beside and moved there at the end.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

import { addFont } from './font.mjs';
import { releaseName } from './release-name.mjs';
import { takeOutSourceMaps } from './source-maps.mjs';

const BUDGET_KB = 330;
const DONE = 'dist';
const OUT = 'dist.new';
const COMPRESSIBLE = /\.(html|js|css|json|svg|webmanifest|map|txt)$/;

rmSync(OUT, { recursive: true, force: true });
// Compiled in only where reports are, so that other builds do not change with every commit.
const release = process.env.EXPO_PUBLIC_SENTRY_DSN ? { EXPO_PUBLIC_RELEASE: releaseName() } : {};

// Without -c Metro would answer with modules into which an older EXPO_PUBLIC_* value is inlined.
const run = spawnSync(
  process.execPath,
  ['node_modules/expo/bin/cli', 'export', '-p', 'web', '-c', '--output-dir', OUT, '--source-maps'],
  { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, CI: '1', EXPO_NO_TELEMETRY: '1', ...release } },
);
if (run.status !== 0) process.exit(run.status ?? 1);
takeOutSourceMaps(OUT, release.EXPO_PUBLIC_RELEASE ?? releaseName());
const fontSize = await addFont(OUT);

const files = readdirSync(OUT, { recursive: true })
  .map((name) => path.join(OUT, name))
  .filter((file) => statSync(file).isFile() && COMPRESSIBLE.test(file));

const sizes = new Map();
for (const file of files) {
  const content = readFileSync(file);
  const gzip = gzipSync(content, { level: 9 });
  const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  writeFileSync(`${file}.gz`, gzip);
  writeFileSync(`${file}.br`, brotli);
  sizes.set(path.relative(OUT, file), { raw: content.length, gzip: gzip.length, brotli: brotli.length });
}

const html = readFileSync(path.join(OUT, 'index.html'), 'utf8');
const inline = /<(script|style)(?![^>]*\bsrc=)[^>]*>[^<]/i.exec(html);
if (inline) {
  console.error(`index.html has an inline ${inline[1]}, which the Content-Security-Policy forbids.`);
  process.exit(1);
}

const scripts = [...html.matchAll(/<script[^>]*\bsrc="\/([^"]+)"/g)].map((match) => match[1]);
const kb = (bytes) => (bytes / 1024).toFixed(1).padStart(8);
console.log('\nfirst load             raw     gzip   brotli  (KB)');
let total = 0;
for (const script of scripts) {
  const size = sizes.get(script);
  total += size.gzip;
  console.log(`${path.basename(script).slice(0, 14).padEnd(16)}${kb(size.raw)} ${kb(size.gzip)} ${kb(size.brotli)}`);
}
const later = [...sizes.keys()].filter((file) => file.endsWith('.js') && !scripts.includes(file));
console.log(`on demand: ${later.length} scripts, ${kb(later.reduce((sum, file) => sum + sizes.get(file).gzip, 0)).trim()} KB gzip`);
console.log(`font: ${kb(fontSize).trim()} KB`);
console.log(`budget: ${kb(total).trim()} of ${BUDGET_KB} KB gzip`);
if (scripts.length === 0 || total > BUDGET_KB * 1024) {
  console.error(scripts.length === 0 ? 'index.html loads no script.' : 'The first load is over its budget.');
  process.exit(1);
}
rmSync(DONE, { recursive: true, force: true });
renameSync(OUT, DONE);
