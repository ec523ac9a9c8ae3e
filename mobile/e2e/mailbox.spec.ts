/** The development mailbox as a page: what axe finds, what the keyboard reaches, what a narrow window shows. */
import type { Browser, BrowserContextOptions, Page } from '@playwright/test';

import { expectNoViolationsBesideFrames } from './support/axe';
import { beginSignUp, test } from './support/mail-story';
import { expect, newEmail } from './support/test';

/** Not a watched browser: it complains of what Playwright tries to run in the frame, where nothing runs. */
async function openMailbox(browser: Browser, url: string, options?: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ ...options, permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  await page.goto(`${url}/dev/mail`);
  await expect(page.getByRole('heading', { name: 'Development mailbox', level: 1 })).toBeVisible();
  return page;
}

for (const { colorScheme, width } of [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 320 },
] as const) {
  test(`${colorScheme} at ${width}`, async ({ browser, service, page: visitor }) => {
    const page = await openMailbox(browser, service.url, { colorScheme, viewport: { width, height: 700 } });
    await expectNoViolationsBesideFrames(page);
    const email = newEmail('ada-with-a-rather-long-name');
    await beginSignUp(visitor, email);
    const entry = page.getByRole('navigation', { name: 'Emails' }).getByRole('button', { name: new RegExp(email) });
    await entry.click();
    await expect(page.locator('#html')).toHaveAttribute('src', /html$/);
    await expectNoViolationsBesideFrames(page);
    await page.getByRole('button', { name: 'Text', exact: true }).click();
    await expect(page.getByText('finish creating your')).toBeVisible();
    await expectNoViolationsBesideFrames(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await page.context().close();
  });
}

test('the keyboard reaches a mail, its code and its link, and a new mail takes nothing away', async ({
  browser,
  service,
  page: visitor,
  mails,
}) => {
  const email = newEmail();
  await beginSignUp(visitor, email);
  const { code, link } = await mails.to(email, 'verify');
  const page = await openMailbox(browser, service.url);
  const entry = page.getByRole('button', { name: new RegExp(email) });
  await expect(entry).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(entry).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(entry).toHaveAttribute('aria-current', 'true');

  const other = newEmail('other');
  await beginSignUp(visitor, other);
  await expect(page.getByRole('status')).toHaveText(new RegExp(`New email to ${other}`));
  await expect(entry).toBeFocused();
  await expect(page.getByText(code, { exact: true })).toBeVisible();

  // Behind every other mail that came to this mailbox.
  const copy = page.getByRole('button', { name: 'Copy code' });
  for (let step = 0; step < 200 && !(await copy.evaluate((one) => one === document.activeElement)); step += 1) {
    await page.keyboard.press('Tab');
  }
  await expect(copy).toBeFocused();
  expect(await copy.evaluate((one) => getComputedStyle(one).outlineStyle)).toBe('solid');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status')).toHaveText('Code copied.');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(code);
  await page.keyboard.press('Tab');
  const open = page.getByRole('link', { name: 'Open link' });
  await expect(open).toBeFocused();
  await expect(open).toHaveAttribute('href', link);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Text', exact: true })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.locator('#text')).toBeFocused();
  await page.context().close();
});
