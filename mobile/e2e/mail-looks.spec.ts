/** Every mail in a real browser: in both schemes, on the narrowest screen, and in every language. */
import { expectNoViolationsInMail } from './support/axe';
import { readPreviews } from './support/previews';
import { expect, test } from './support/test';

const BRAND = {
  BRAND_NAME: 'Northwind Traders',
  TERMS_URL: 'https://northwind.example/terms',
  PRIVACY_URL: 'https://northwind.example/privacy',
  SUPPORT_URL: 'https://northwind.example/help',
};

test.use({ settings: BRAND });

for (const colorScheme of ['light', 'dark'] as const) {
  test(`no mail is wider than its screen or hard to read, ${colorScheme}`, async ({ service, openBrowser }) => {
    test.setTimeout(180_000);
    const page = await openBrowser({ colorScheme, viewport: { width: 320, height: 640 } });
    for (const { locale, kind, html } of await readPreviews(service)) {
      await test.step(`${locale}, ${kind}`, async () => {
        await page.setContent(html);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(width, `${locale} ${kind}`).toBeLessThanOrEqual(320);
        await expectNoViolationsInMail(page);
      });
    }
  });
}
