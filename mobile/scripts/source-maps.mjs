// Keeps source maps out of what is served, and beside their scripts where Sentry's tool finds them.
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const SOURCE_MAPS = '.source-maps';
export const RELEASE_FILE = path.join(SOURCE_MAPS, 'release');

/** Moves every map out of `dist`, with a copy of its script, and notes which release they belong to. */
export function takeOutSourceMaps(dist, release) {
  rmSync(SOURCE_MAPS, { recursive: true, force: true });
  for (const map of readdirSync(dist, { recursive: true }).filter((name) => name.endsWith('.map'))) {
    const script = map.slice(0, -'.map'.length);
    mkdirSync(path.join(SOURCE_MAPS, path.dirname(map)), { recursive: true });
    cpSync(path.join(dist, script), path.join(SOURCE_MAPS, script));
    renameSync(path.join(dist, map), path.join(SOURCE_MAPS, map));
    // A browser's tools would ask the service for a file that is not there.
    const served = readFileSync(path.join(dist, script), 'utf8').replace(/^\/\/# sourceMappingURL=.*\n?/m, '');
    writeFileSync(path.join(dist, script), served);
  }
  writeFileSync(RELEASE_FILE, release);
}
