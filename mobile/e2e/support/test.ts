/** The test function of this suite: a running service, people to sign in, and no tolerated errors. */
import { test as base, expect, type BrowserContext, type BrowserContextOptions, type Page } from '@playwright/test';

import { PASSWORD } from './password';
import { populate } from './people';
import { startService, type Service } from './service';

export { PASSWORD };

export const ADMIN = { email: 'root@example.org', password: PASSWORD };

let people = 0;
export const newEmail = (name = 'ada') => `${name}.${process.pid}.${(people += 1)}@example.org`;

type Fixtures = {
  page: Page;
  /** A browser of its own, watched like the first one. */
  openBrowser: (options?: BrowserContextOptions) => Promise<Page>;
  /** Lets an expected failure of the network or the server be logged by the browser. */
  expectFailures: () => void;
};

type WorkerFixtures = {
  /** Settings for this file's service. */
  settings: Record<string, string>;
  service: Service;
  /** Fills the service with people, once. */
  company: void;
};

export const test = base.extend<Fixtures & { watch: (context: BrowserContext) => void }, WorkerFixtures>({
  settings: [{}, { option: true, scope: 'worker' }],
  service: [
    async ({ settings }, use) => {
      const service = await startService(settings);
      await service.createAdmin(ADMIN.email, ADMIN.password);
      await use(service);
      await service.stop();
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  company: [
    async ({ service }, use) => {
      await populate(service);
      await use();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ service }, use) => use(service.url),

  expectFailures: async ({}, use, info) => use(() => void info.annotations.push({ type: 'failures-expected' })),

  watch: async ({}, use, info) => {
    const complaints: string[] = [];
    await use((context) => {
      context.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      context.on('weberror', (failure) => complaints.push(String(failure.error())));
    });
    const isTolerant = info.annotations.some(({ type }) => type === 'failures-expected');
    const isNetwork = (text: string) => text.startsWith('Failed to load resource');
    expect(complaints.filter((text) => !(isTolerant && isNetwork(text)))).toEqual([]);
  },

  context: async ({ context, watch }, use) => {
    watch(context);
    await use(context);
  },

  openBrowser: async ({ browser, baseURL, watch }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (options = {}) => {
      const context = await browser.newContext({ baseURL, ...options });
      contexts.push(context);
      watch(context);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },
});

export { expect };

export async function signUp(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.goto('/sign-up');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();
}

export async function signIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  if (!page.url().includes('/sign-in')) await page.goto('/sign-in');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Sign out', exact: true }).first()).toBeVisible();
}
