import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from './support/test';

test('the service has no source maps to give, but each script has one for Sentry', async ({ service }) => {
  const files = readdirSync('dist', { recursive: true }) as string[];
  expect(files.filter((name) => /\.map(\.|$)/.test(name))).toEqual([]);
  const scripts = files.filter((name) => name.endsWith('.js'));
  expect(scripts).not.toEqual([]);
  for (const script of scripts) {
    expect(existsSync(path.join('.source-maps', `${script}.map`)), script).toBe(true);
    const answer = await fetch(`${service.url}/${script}`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).not.toContain('sourceMappingURL=/');
    expect((await fetch(`${service.url}/${script}.map`)).status).toBe(404);
  }
});
