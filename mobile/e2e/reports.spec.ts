import { rm } from 'node:fs/promises';

import { buildReportPage } from './support/report-page';
import { startSink, type Sink } from './support/report-sink';
import { startService } from './support/service';
import { expect, test as base } from './support/test';

const RELEASE = 'latchkey-client@0.1.0+8b730a0dd0bc';
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl';

const test = base.extend<object, { sink: Sink }>({
  sink: [
    async ({}, use) => {
      const sink = await startSink();
      await use(sink);
      sink.stop();
    },
    { scope: 'worker' },
  ],
  service: [
    async ({ sink }, use) => {
      const folder = await buildReportPage(sink.dsn, RELEASE);
      const service = await startService({ LATCHKEY_WEB_DIR: folder, SENTRY_DSN: sink.dsn });
      await use(service);
      await service.stop();
      await rm(folder, { recursive: true });
    },
    { scope: 'worker', timeout: 90_000 },
  ],
});

// Not the watched page: that a failure is thrown is the point here.
test.beforeEach(({ sink }) => void sink.bodies.splice(0));

test('an error is reported through the page’s policy, with its release and without secrets', async ({
  browser,
  service,
  sink,
}) => {
  const page = await browser.newPage();
  const answer = await page.goto(`${service.url}/account?token=tok-in-query&email=ada@example.org#tok-in-hash`);
  expect(answer?.headers()['content-security-policy']).toContain(`connect-src 'self' ${sink.url}`);
  await expect(page).toHaveTitle('ready');
  await page.evaluate((jwt) => {
    // As when a mailed link is pasted into an open page.
    location.hash = 'tok-in-next-hash';
    console.warn(`sent ${jwt} for ada@example.org`);
    return fetch('/api/v1/csrf?code=tok-in-crumb').then(() => undefined);
  }, JWT);
  await page.getByLabel('Message').fill(`no answer for ada@example.org with Bearer ${JWT} at /users?email=grace%40example.org`);
  await page.getByRole('button', { name: 'Report' }).click();

  await expect.poll(() => sink.reports().length).toBe(1);
  const [report] = sink.reports();
  expect(report?.release).toBe(RELEASE);
  expect(report?.exception?.values[0]?.value).toBe(
    'no answer for [redacted] with [redacted] at /users?[redacted]',
  );
  const everything = sink.bodies.join('\n');
  for (const secret of ['ada@', 'ada%40', 'grace', 'eyJ', 'tok-in']) expect(everything).not.toContain(secret);
  // The trail that leads to the error is told, too.
  expect(everything).toContain('/api/v1/csrf?[redacted]');
  // No word of the visit itself.
  expect(everything).not.toContain('"type":"session"');
  await page.close();
});

test('an error that nobody caught is reported as well', async ({ browser, service, sink }) => {
  const page = await browser.newPage();
  await page.goto(service.url);
  await expect(page).toHaveTitle('ready');
  // The reporter listens once its chunk is there.
  await page.getByRole('button', { name: 'Report' }).click();
  await expect.poll(() => sink.reports().length).toBe(1);
  await page.getByRole('button', { name: 'Throw' }).click();
  await expect.poll(() => sink.reports().length).toBe(2);
  expect(sink.reports()[1]?.exception?.values[0]?.value).toBe('nobody caught this');
  await page.close();
});

test('the policy lets nothing leave for another host', async ({ browser, service }) => {
  const other = await startSink();
  const page = await browser.newPage();
  await page.goto(service.url);
  const blocked = await page.evaluate(
    (url) =>
      new Promise<string>((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
        fetch(url, { method: 'POST', body: 'x' }).then(() => resolve('sent'), () => undefined);
      }),
    other.url,
  );
  expect(blocked).toBe('connect-src');
  expect(other.bodies).toEqual([]);
  await page.close();
  other.stop();
});
