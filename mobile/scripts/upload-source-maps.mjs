// Gives Sentry the source maps of the last web build, under the name that its reports carry.
// Needs SENTRY_AUTH_TOKEN, SENTRY_ORG and SENTRY_PROJECT, and SENTRY_URL where Sentry is self-hosted.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

import { RELEASE_FILE, SOURCE_MAPS } from './source-maps.mjs';

if (!existsSync(RELEASE_FILE)) {
  console.error('There is no web build: run "npm run build:web" with EXPO_PUBLIC_SENTRY_DSN set.');
  process.exit(1);
}
const release = readFileSync(RELEASE_FILE, 'utf8');
const run = spawnSync(
  'npx',
  ['--no-install', 'sentry-cli', 'sourcemaps', 'upload', '--release', release, '--url-prefix', '~/', SOURCE_MAPS],
  { stdio: 'inherit' },
);
process.exit(run.status ?? 1);
