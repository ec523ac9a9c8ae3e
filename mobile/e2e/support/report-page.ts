/** A page with nothing but the app's own reporter in it, bundled with a DSN as the app would be. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { build } from 'esbuild';

const SCRIPT = `
import { reportError, startReporting } from '@/report/report-error';
startReporting();
const on = (id, act) => document.getElementById(id).addEventListener('click', act);
on('caught', () => reportError(new Error(document.getElementById('text').value)));
on('uncaught', () => setTimeout(() => { throw new Error('nobody caught this'); }));
document.title = 'ready';
`;

const PAGE = `<!doctype html><html lang="en"><title>loading</title>
<input id="text" aria-label="Message"><button id="caught">Report</button><button id="uncaught">Throw</button>
<script type="module" src="/page.js"></script></html>`;

/** Returns the folder, which the service can serve in the client's place. */
export async function buildReportPage(dsn: string, release: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-reports-'));
  await build({
    stdin: { contents: SCRIPT, resolveDir: process.cwd(), sourcefile: 'page.ts', loader: 'ts' },
    outdir: folder,
    entryNames: 'page',
    bundle: true,
    minify: true,
    // The reporter comes as a chunk of its own, as in the app.
    splitting: true,
    format: 'esm',
    alias: { '@': path.resolve('src') },
    resolveExtensions: ['.web.ts', '.ts', '.js'],
    define: {
      'process.env.EXPO_PUBLIC_SENTRY_DSN': JSON.stringify(dsn),
      'process.env.EXPO_PUBLIC_RELEASE': JSON.stringify(release),
    },
  });
  await writeFile(path.join(folder, 'index.html'), PAGE);
  return folder;
}
