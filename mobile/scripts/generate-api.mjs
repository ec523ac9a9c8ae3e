// Makes src/api/generated from the service's openapi.json; with --check, tells whether it is stale.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';

const COMMITTED = 'src/api/generated/latchkey.ts';
const isCheck = process.argv.includes('--check');
// Inside the project, since the generated import of the client is relative.
const folder = isCheck ? mkdtempSync('src/api/check-') : null;
const target = folder ? `${folder}/latchkey.ts` : COMMITTED;

try {
  const run = spawnSync(process.execPath, ['node_modules/orval/dist/bin/orval.mjs', '--config', 'orval.config.cjs'], {
    env: { ...process.env, OPENAPI_OUT: target },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (run.status !== 0) process.exit(run.status ?? 1);
  if (folder && readFileSync(target, 'utf8') !== readFileSync(COMMITTED, 'utf8')) {
    console.error(`${COMMITTED} is stale: run "npm run generate:api" and commit it.`);
    process.exitCode = 1;
  }
} finally {
  if (folder) rmSync(folder, { recursive: true });
}
