// The name under which Sentry knows this build: the same in reports and for its source maps.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** `EXPO_PUBLIC_RELEASE`, else package and version, with the commit where git knows it. */
export function releaseName() {
  if (process.env.EXPO_PUBLIC_RELEASE) return process.env.EXPO_PUBLIC_RELEASE;
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const { status, stdout } = spawnSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' });
  return status === 0 ? `${name}@${version}+${stdout.trim()}` : `${name}@${version}`;
}
