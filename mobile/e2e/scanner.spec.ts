/**
 * What opens mails before their readers do: virus scanners, link previews, browsers that load ahead,
 * assistants that press buttons. Whatever they do with a mail, its reader still succeeds and they get in
 * nowhere.
 */
import { request } from 'node:http';

import { devices, type Browser, type BrowserContextOptions, type Page } from '@playwright/test';

import { Api } from './support/api';
import { Authenticator } from './support/authenticator';
import { PasskeyDevice } from './support/passkeys';
import { readPreviews } from './support/previews';
import type { Service } from './support/service';
import { ADMIN, expect, newEmail, PASSWORD, test } from './support/test';

test.use({ settings: { SMTP_URL: '' } });

const NEXT_PASSWORD = 'seven-blue-lanterns-42';

type Mail = { kind: string; recipient: string; link: string; code: string; html: string };

/** What stands between a mail and its reader, and what its reader does in the end. */
type Case = { recipient: string; finish: (mail: Mail) => Promise<void> };

type Scene = { service: Service; admin: Api; app: Api; openBrowser: () => Promise<Page> };

/** How each kind of mail that has a link comes about. */
const cases: Record<string, (scene: Scene) => Promise<Case>> = {
  async sign_up({ service, admin, app }) {
    const email = newEmail();
    const { flow } = await app.must('POST', '/users', { email, password: PASSWORD });
    return {
      recipient: email,
      async finish({ code }) {
        expect(await find(admin, email)).toEqual([]);
        await app.must('POST', '/users/verify', { flow, code });
        expect(await find(admin, email)).toHaveLength(1);
        await new Api(service.url).signIn(email);
      },
    };
  },

  async already_registered({ service, admin, app }) {
    const { email } = await person(service, admin);
    await app.must('POST', '/users', { email, password: NEXT_PASSWORD });
    return { recipient: email, finish: async () => void (await app.signIn(email)) };
  },

  async reset({ service, admin, app }) {
    const { email } = await person(service, admin);
    await app.must('POST', '/auth/forgot', { email });
    return { recipient: email, finish: (mail) => choosePassword(app, email, mail) };
  },

  async invitation({ admin, app }) {
    const email = newEmail('guest');
    await admin.must('POST', '/users', { email });
    return { recipient: email, finish: (mail) => choosePassword(app, email, mail) };
  },

  async prove_address({ service, admin }) {
    const { owner, id } = await person(service, admin);
    const next = newEmail('next');
    await owner.must('PUT', `/users/${id}`, { email: next, current_password: PASSWORD });
    return {
      recipient: next,
      async finish(mail) {
        const user = await owner.must('POST', `/users/${id}/email`, { token: tokenOf(mail) });
        expect(user).toMatchObject({ email: next, pending_email: null });
      },
    };
  },

  async new_device({ service, admin }) {
    const { email } = await person(service, admin);
    await new Api(service.url).signIn(email);
    return undone(service, email);
  },

  async password_changed({ service, admin }) {
    const { owner, id, email } = await person(service, admin);
    await owner.must('PUT', `/users/${id}`, { password: NEXT_PASSWORD, current_password: PASSWORD });
    return undone(service, email);
  },

  async address_changed({ service, admin }) {
    const { owner, id, email } = await person(service, admin);
    const next = newEmail('next');
    await owner.must('PUT', `/users/${id}`, { email: next, current_password: PASSWORD });
    const { code } = await mailOf(service, 'prove_address', next);
    await owner.must('POST', `/users/${id}/email`, { code });
    return undone(service, email);
  },

  async second_factor_on({ service, admin }) {
    const { owner, email } = await person(service, admin);
    await confirmApp(owner);
    return undone(service, email);
  },

  async factor_added({ service, admin }) {
    const { owner, email } = await person(service, admin);
    await confirmApp(owner);
    await confirmApp(owner);
    return undone(service, email);
  },

  async second_factor_off({ service, admin }) {
    const { owner, email } = await person(service, admin);
    await confirmApp(owner);
    await owner.must('DELETE', '/auth/factors/totp');
    return undone(service, email);
  },

  async recovery_code_used({ service, admin, app }) {
    const { owner, email } = await person(service, admin);
    const [recovery_code] = await confirmApp(owner);
    const { body } = await app.ask('POST', '/auth/login', { email, password: PASSWORD });
    await app.must('POST', '/auth/second-factor', { flow: body.flow, recovery_code });
    return undone(service, email);
  },

  async second_factor_failed({ service, admin, app }) {
    const { owner, email } = await person(service, admin);
    await confirmApp(owner);
    const { body } = await app.ask('POST', '/auth/login', { email, password: PASSWORD });
    for (let guess = 0; guess < 5; guess += 1) {
      const wrong = { flow: body.flow, recovery_code: 'aaaa-aaaa-aaaa-aaaa' };
      expect(await app.ask('POST', '/auth/second-factor', wrong)).toMatchObject({ body: { code: 'second_factor_invalid' } });
    }
    return undone(service, email);
  },

  async factor_removed({ service, admin, openBrowser }) {
    const { owner, email } = await person(service, admin);
    const passkeys = await Passkeys.connect(await openBrowser());
    const passkey = await passkeys.add(owner);
    await owner.must('DELETE', `/auth/factors/passkeys/${passkey.id}`);
    return undone(service, email);
  },

  async password_removed({ service, admin, openBrowser }) {
    const { owner, email } = await person(service, admin);
    const passkeys = await Passkeys.connect(await openBrowser());
    await passkeys.add(owner);
    await owner.must('PUT', '/auth/factors', { second_factor: true });
    await owner.must('DELETE', '/auth/factors/password');
    return undone(service, email);
  },

  async passkey_copied({ service, admin, app, openBrowser }) {
    const { owner, email } = await person(service, admin);
    const passkeys = await Passkeys.connect(await openBrowser());
    await passkeys.add(owner);
    await passkeys.signIn(app);
    await passkeys.copy();
    await passkeys.signIn(app);
    return undone(service, email);
  },
};

/** Somebody who has proved to read the mail of the account. */
async function person(service: Service, admin: Api) {
  const email = newEmail();
  const owner = new Api(service.url);
  const { flow } = await owner.must('POST', '/users', { email, password: PASSWORD });
  const { code } = await mailOf(service, 'sign_up', email);
  await owner.enter('/users/verify', { flow, code });
  const [user] = await find(admin, email);
  return { email, owner, id: user?.id ?? 0 };
}

async function find(admin: Api, email: string) {
  const { items } = await admin.must('GET', `/users?email_contains=${encodeURIComponent(email)}`);
  return items as { id: number }[];
}

/** Sets an authenticator app up, and returns the recovery codes if it is the first one. */
async function confirmApp(owner: Api): Promise<string[]> {
  const offer = await owner.must('POST', '/auth/factors/totp', {});
  const code = new Authenticator(offer.secret as string).code();
  const { recovery_codes } = await owner.must('POST', '/auth/factors/totp/confirm', { code });
  return (recovery_codes ?? []) as string[];
}

/** The passkeys of one device: a page whose browser holds them, for an app that has none. */
class Passkeys {
  private readonly page: Page;
  private readonly device: PasskeyDevice;

  private constructor(page: Page, device: PasskeyDevice) {
    this.page = page;
    this.device = device;
  }

  static async connect(page: Page): Promise<Passkeys> {
    const device = await PasskeyDevice.connect(page);
    await page.goto('/sign-up');
    return new Passkeys(page, device);
  }

  async add(owner: Api): Promise<Record<string, unknown>> {
    const { flow, options } = await owner.must('POST', '/auth/factors/passkeys/options', {});
    const credential = await this.page.evaluate(async (json) => {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(json);
      return ((await navigator.credentials.create({ publicKey })) as PublicKeyCredential).toJSON();
    }, options as PublicKeyCredentialCreationOptionsJSON);
    return owner.must('POST', '/auth/factors/passkeys', { flow, credential });
  }

  async signIn(app: Api): Promise<void> {
    const { flow, options } = await app.must('POST', '/auth/passkey/options', {});
    const credential = await this.page.evaluate(async (json) => {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(json);
      return ((await navigator.credentials.get({ publicKey })) as PublicKeyCredential).toJSON();
    }, options as PublicKeyCredentialRequestOptionsJSON);
    await app.must('POST', '/auth/passkey', { flow, credential });
  }

  copy(): Promise<void> {
    return this.device.replaceByClones();
  }
}

const tokenOf = ({ link }: Mail) => link.split('#')[1] ?? '';

async function choosePassword(app: Api, email: string, mail: Mail) {
  await app.must('POST', '/auth/reset', { token: tokenOf(mail), password: NEXT_PASSWORD });
  await app.signIn(email, NEXT_PASSWORD);
}

function undone(service: Service, recipient: string): Case {
  return {
    recipient,
    async finish(mail) {
      await new Api(service.url).must('POST', '/auth/undo', { token: tokenOf(mail), code: mail.code });
    },
  };
}

async function mailOf(service: Service, kind: string, recipient: string): Promise<Mail> {
  let found: Mail | undefined;
  await expect(async () => {
    const answer = await fetch(`${service.url}/dev/mail/messages`);
    const { items }: { items: Mail[] } = await answer.json();
    found = items.find((mail) => mail.kind === kind && mail.recipient === recipient);
    expect(found, `${kind} to ${recipient}`).toBeTruthy();
  }).toPass({ timeout: 15_000, intervals: [50] });
  return found as Mail;
}

/** Everything that has happened, and who is signed in where. */
async function historyOf(admin: Api, recipient: string) {
  const { items } = await admin.must('GET', '/audit-events?limit=100');
  const users = await find(admin, recipient);
  const listSessions = async ({ id }: { id: number }) => {
    const answer = await admin.must('GET', `/users/${id}/sessions`);
    return (answer.items as { id: string }[]).map((session) => session.id);
  };
  return { events: items, users, sessions: await Promise.all(users.map(listSessions)) };
}

type Scanner = (mail: Mail, service: Service, browser: Browser) => Promise<void>;

/** A request as it was never meant to be: some programs send what stands behind the `#` too. */
function fetchRaw(method: string, link: string, headers: Record<string, string> = {}): Promise<void> {
  const { hostname, port, pathname, hash } = new URL(link);
  return new Promise((resolve, reject) => {
    const sent = request({ method, hostname, port, path: `${pathname}${hash}`, headers }, (answer) => {
      answer.resume().once('end', resolve);
    });
    sent.once('error', reject).end();
  });
}

/** In a browser of its own, which must not end up signed in. */
async function browse(browser: Browser, service: Service, options: BrowserContextOptions, visit: (page: Page) => Promise<void>) {
  const context = await browser.newContext({ baseURL: service.url, ...options });
  try {
    const page = await context.newPage();
    await visit(page);
    const names = (await context.cookies()).map(({ name }) => name);
    expect(names.filter((name) => /token|device/.test(name) && name !== 'csrf_token')).toEqual([]);
    const me = await context.request.get('/api/v1/users/me');
    expect(me.status()).toBe(401);
  } finally {
    await context.close();
  }
}

async function isSettled(page: Page) {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.waitForLoadState('networkidle');
}

const scanners: Record<string, Scanner> = {
  HEAD: (mail) => fetchRaw('HEAD', mail.link),
  GET: (mail) => fetchRaw('GET', mail.link, { 'User-Agent': 'Mozilla/5.0 (compatible; scanner)' }),
  'prefetch by a proxy': (mail) => fetchRaw('GET', mail.link, { 'Sec-Purpose': 'prefetch', Purpose: 'prefetch' }),

  'prefetch by a browser': (mail, service, browser) =>
    browse(browser, service, {}, async (page) => {
      const isFetched = page.waitForRequest((sent) => sent.url().startsWith(mail.link.split('#')[0] ?? mail.link));
      await page.setContent(`<link rel="prefetch" href="${mail.link}"><link rel="dns-prefetch" href="${mail.link}">`);
      await isFetched;
    }),

  'a browser that runs scripts': (mail, service, browser) =>
    browse(browser, service, {}, async (page) => {
      await page.goto(mail.link);
      await isSettled(page);
      await page.reload();
      await isSettled(page);
    }),

  'a browser that presses every button': (mail, service, browser) =>
    browse(browser, service, {}, async (page) => {
      await page.goto(mail.link);
      await isSettled(page);
      const start = page.url();
      const buttons = page.locator('button:visible, [role="button"]:visible, input[type="submit"]:visible');
      let pressed = 0;
      for (; pressed < (await buttons.count()); pressed += 1) {
        const button = buttons.nth(pressed);
        if (await button.isEnabled()) await button.click({ force: true });
        if (page.url() === start) continue;
        await page.goto(mail.link);
        await isSettled(page);
      }
      expect(pressed).toBeGreaterThan(0);
      await page.evaluate(() => document.querySelectorAll('form').forEach((form) => form.requestSubmit()));
      await page.waitForLoadState('networkidle');
    }),

  'the mail opened on another device': (mail, service, browser) =>
    browse(browser, service, devices['Pixel 7'] ?? {}, async (page) => {
      await page.setContent(mail.html);
      const [opened] = await Promise.all([page.waitForEvent('popup'), page.locator(`a[href="${mail.link}"]`).first().click()]);
      await isSettled(opened);
    }),
};

test('every kind of mail that has a link is scanned', async ({ service }) => {
  const mails = (await readPreviews(service)).filter(({ locale, text }) => locale === 'en' && text.includes(service.url));
  const kinds = mails.map(({ kind }) => kind);
  expect(Object.keys(cases).sort()).toEqual(kinds.sort());
});

for (const [kind, begin] of Object.entries(cases)) {
  test(`nothing but its reader uses up ${kind}`, async ({ browser, service, openBrowser }) => {
    test.setTimeout(90_000);
    const admin = await new Api(service.url).signIn(ADMIN.email);
    const { recipient, finish } = await begin({ service, admin, app: new Api(service.url), openBrowser });
    const mail = await mailOf(service, kind, recipient);
    const before = await historyOf(admin, recipient);
    for (const [name, scan] of Object.entries(scanners)) {
      await test.step(name, () => scan(mail, service, browser));
    }
    expect(await historyOf(admin, recipient)).toEqual(before);
    await finish(mail);
  });
}
