import { defineConfig } from '@playwright/test';

import { launchOptions } from './e2e/support/browser';

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.spec.ts',
  outputDir: 'test-results',
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 45_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['./e2e/support/count-reporter.ts']],
  use: {
    launchOptions,
    locale: 'en-GB',
    viewport: { width: 1280, height: 860 },
    trace: 'retain-on-failure',
    // Animations would make pictures and contrast measurements depend on the moment.
    contextOptions: { reducedMotion: 'reduce' },
  },
});
