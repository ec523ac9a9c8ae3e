/** Pictures of the screens that go on with a mail. */
import path from 'node:path';

import { expect, PASSWORD, test } from '../support/test';

const FOLDER = process.env.SCREENSHOTS_DIR ?? path.join(process.cwd(), '../docs/screenshots');
const TOKEN = 'A'.repeat(43);

test.use({ settings: { SMTP_URL: '' } });

const pages = [
  { name: 'forgot', url: '/forgot', heading: 'Reset your password' },
  { name: 'reset', url: `/reset#${TOKEN}`, heading: 'Choose a new password' },
  { name: 'verify-elsewhere', url: `/verify#${TOKEN}`, heading: 'Finish where you started' },
  { name: 'undo', url: `/undo#${TOKEN}`, heading: 'Wasn’t you?' },
  { name: 'invitation', url: `/invitation#${TOKEN}`, heading: 'Welcome! Choose a password' },
];

for (const { size, ...options } of [
  { size: '390', viewport: { width: 390, height: 844 }, isMobile: true },
  { size: '1280', viewport: { width: 1280, height: 800 }, isMobile: false },
]) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`${size}, ${colorScheme}`, async ({ openBrowser }) => {
      const suffix = colorScheme === 'dark' ? `${size}-dark` : size;
      const page = await openBrowser({ ...options, colorScheme, deviceScaleFactor: 1, locale: 'en-GB' });
      for (const { name, url, heading } of pages) {
        await page.goto(url);
        await expect(page.getByRole('heading', { name: heading, level: 1 })).toBeVisible();
        await page.screenshot({ path: path.join(FOLDER, `${name}-${suffix}.png`) });
      }
      await page.goto('/sign-up');
      await page.getByLabel('Email address').fill(`ada.${suffix}@northwind.example`);
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await page.getByRole('button', { name: 'Create account' }).click();
      await page.getByLabel('Code from the email').fill('1234 56');
      await page.screenshot({ path: path.join(FOLDER, `verify-${suffix}.png`) });
    });
  }
}
