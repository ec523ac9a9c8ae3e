import base from '../../playwright.config';

/** scripts/deploy-tests starts the proxy and says where it is, and which key its certificate has. */
const PROXY_URL = process.env.PROXY_URL;
const PROXY_KEY_HASH = process.env.PROXY_KEY_HASH;
if (!PROXY_URL || !PROXY_KEY_HASH) throw new Error('Run it by scripts/deploy-tests.');

const { launchOptions } = base.use ?? {};

export default {
  ...base,
  testDir: '.',
  testMatch: '*.proxied.ts',
  outputDir: '../../test-results/proxied',
  reporter: 'list',
  use: {
    ...base.use,
    launchOptions: {
      ...launchOptions,
      args: [...(launchOptions?.args ?? []), `--ignore-certificate-errors-spki-list=${PROXY_KEY_HASH}`],
    },
    // What a client could send to be taken for somebody else.
    extraHTTPHeaders: { 'X-Forwarded-For': '203.0.113.7', 'X-Real-IP': '203.0.113.7', Forwarded: 'for=203.0.113.7' },
  },
};
