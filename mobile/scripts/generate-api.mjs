// Makes src/api/generated from the service's openapi.json; with --check, tells whether it is stale.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';

const COMMITTED = 'src/api/generated/latchkey.ts';

function generate(target) {
  const run = spawnSync(process.execPath, ['node_modules/orval/dist/bin/orval.mjs', '--config', 'orval.config.cjs'], {
    env: { ...process.env, OPENAPI_OUT: target },
    encoding: 'utf8',
  });
  if (run.status !== 0) console.error(run.stdout, run.stderr);
  return run.status === 0;
}

function isFresh() {
  // Inside the project, since the generated import of the client is relative.
  const folder = mkdtempSync('src/api/check-');
  try {
    const target = `${folder}/latchkey.ts`;
    if (!generate(target)) return false;
    const isSame = readFileSync(target, 'utf8') === readFileSync(COMMITTED, 'utf8');
    if (!isSame) console.error(`${COMMITTED} is stale: run "npm run generate:api" and commit it.`);
    return isSame;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const isGood = process.argv.includes('--check') ? isFresh() : generate(COMMITTED);
process.exitCode = isGood ? 0 : 1;
