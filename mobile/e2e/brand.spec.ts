/** The operator's logo, from an origin of its own as the settings demand: over https. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { expectNoViolations } from './support/axe';
import { ADMIN, expect, signIn, test as base } from './support/test';

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="100" viewBox="0 0 300 100">
  <rect width="100" height="100" rx="24" fill="#0b6e4f"/><path d="M28 74 50 26l22 48" stroke="#fff" stroke-width="12" fill="none"/>
  <text x="116" y="68" font-family="sans-serif" font-size="48" font-weight="700" fill="#12231c">Northwind</text>
</svg>`;

type LogoServer = { origin: string; seen: { path: string; referrer: string | undefined; cookie: string | undefined }[] };

const test = base.extend<object, { logos: LogoServer }>({
  logos: [
    async ({}, use) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-logo-'));
      const [key, certificate] = [path.join(folder, 'key.pem'), path.join(folder, 'certificate.pem')];
      const flags = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-days', '2'];
      const made = spawnSync('openssl', [...flags, '-keyout', key, '-out', certificate], { encoding: 'utf8' });
      if (made.status !== 0) throw new Error(made.stderr);
      const seen: LogoServer['seen'] = [];
      const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
        seen.push({ path: request.url ?? '', referrer: request.headers.referer, cookie: request.headers.cookie });
        const isThere = request.url === '/logo.svg';
        response.writeHead(isThere ? 200 : 404, { 'content-type': isThere ? 'image/svg+xml' : 'text/plain' });
        response.end(isThere ? LOGO : 'nothing');
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      await use({ origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, seen });
      server.closeAllConnections();
      server.close();
    },
    { scope: 'worker' },
  ],
  settings: [
    async ({ logos }, use) => use({ BRAND_NAME: 'Northwind', BRAND_LOGO_URL: `${logos.origin}/logo.svg` }),
    { scope: 'worker' },
  ],
});

test.use({ ignoreHTTPSErrors: true });

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1280, 390]) {
    test(`the logo stands in place of mark and name, ${colorScheme}, ${width}`, async ({ openBrowser, logos }) => {
      const page = await openBrowser({ colorScheme, viewport: { width, height: 860 }, ignoreHTTPSErrors: true });
      const answer = await page.goto('/sign-in');
      expect(answer?.headers()['content-security-policy']).toContain(`img-src 'self' data: ${logos.origin};`);
      const logo = page.getByRole('img', { name: 'Northwind' });
      await expect(logo).toBeVisible();
      // It was drawn, in its own shape.
      await expect.poll(() => logo.evaluate((it: HTMLImageElement) => [it.naturalWidth, it.width, it.height])).toEqual([300, 108, 36]);
      await expect(page.getByText('Northwind', { exact: true })).toHaveCount(0);
      await expectNoViolations(page);
      if (width < 1000) return;
      await signIn(page, ADMIN.email, ADMIN.password);
      await expect(page.getByRole('banner').getByRole('img', { name: 'Northwind' })).toBeVisible();
      await expectNoViolations(page);
      expect(logos.seen.filter(({ referrer, cookie }) => referrer ?? cookie)).toEqual([]);
    });
  }
}

test('mark and name stay where the logo cannot be loaded', async ({ page, logos, expectFailures }) => {
  expectFailures();
  await page.route(`${logos.origin}/**`, (route) => route.continue({ url: `${logos.origin}/gone.svg` }));
  await page.goto('/sign-in');
  await expect(page.getByText('Northwind', { exact: true })).toBeVisible();
  await expect(page.getByRole('img', { name: 'Northwind' })).toHaveCount(0);
  await expectNoViolations(page);
});
