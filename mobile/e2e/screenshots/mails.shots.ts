/** Every mail on one picture per language and scheme, each as narrow and as wide as screens are. */
import path from 'node:path';

import type { Page } from '@playwright/test';

import { FOLDER } from '../support/looks';
import { readPreviews, type Preview } from '../support/previews';
import { expect, test } from '../support/test';

const WIDTHS = [320, 640];

test.use({
  settings: {
    BRAND_NAME: 'Northwind',
    PUBLIC_URL: 'https://accounts.northwind.example',
    SUPPORT_URL: 'https://northwind.example/help',
  },
});

/** Lays the mails out in frames that are as high as what they hold. */
async function layOut(page: Page, mails: Preview[]) {
  await page.setContent('<body style="margin:0;display:flex;flex-wrap:wrap;align-items:flex-start;gap:12px;padding:12px;background:#7d8696">');
  await page.evaluate(
    async ({ htmls, widths }) => {
      const frames = htmls.flatMap((html) => widths.map((width) => ({ html, width })));
      const shown = frames.map(async ({ html, width }) => {
        const frame = document.createElement('iframe');
        frame.style.cssText = `flex:none;width:${width}px;border:0`;
        frame.srcdoc = html;
        const isLoaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
        document.body.append(frame);
        await isLoaded;
        frame.style.height = `${frame.contentDocument?.documentElement.scrollHeight ?? 0}px`;
      });
      await Promise.all(shown);
    },
    { htmls: mails.map(({ html }) => html), widths: WIDTHS },
  );
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every mail, ${colorScheme}`, async ({ browser, service }) => {
    const previews = await readPreviews(service);
    for (const locale of new Set(previews.map((mail) => mail.locale))) {
      const mails = previews.filter((mail) => mail.locale === locale);
      const viewport = { width: 3 * (320 + 640) + 7 * 12, height: 1000 };
      const context = await browser.newContext({ colorScheme, viewport, deviceScaleFactor: 0.5 });
      const page = await context.newPage();
      await layOut(page, mails);
      await expect(page.locator('iframe')).toHaveCount(mails.length * WIDTHS.length);
      const file = `${locale}${colorScheme === 'dark' ? '-dark' : ''}.png`;
      await page.screenshot({ path: path.join(FOLDER, 'mails', file), fullPage: true });
      await context.close();
    }
  });
}
