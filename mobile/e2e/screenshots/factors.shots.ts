/** Pictures of the authenticator app and its recovery codes, of what administrators see, and of the activity. */
import { Authenticator } from '../support/authenticator';
import { expectNoViolations } from '../support/axe';
import { looks, pictureOf } from '../support/looks';
import { ADMIN, expect, PASSWORD, signIn, signUp, test } from '../support/test';

for (const look of looks) {
  test(look.suffix, async ({ openBrowser, expectFailures }) => {
    expectFailures();
    const page = await openBrowser(look.options);
    const shoot = async (name: string, of = page) => {
      await expectNoViolations(of);
      await of.screenshot({ path: pictureOf(name, look) });
    };
    const email = `ida.${look.suffix}@northwind.example`;
    await signUp(page, email);
    await page.goto('/account/security');
    await page.getByRole('link', { name: /^Authenticator app/ }).click();
    const secret = page.getByText(/^(\w{4} ){7}\w{4}$/);
    await expect(secret).toBeVisible();
    await expect(page.getByRole('img', { name: 'QR code for your authenticator app' })).toBeVisible();
    await shoot('authenticator-app');
    const app = new Authenticator((await secret.textContent()) ?? '');
    const code = page.getByLabel('Code from your authenticator app');
    await code.fill(app.code(5));
    await expect(code).toHaveAttribute('aria-invalid', 'true');
    await shoot('authenticator-app-wrong-code');
    await code.fill(app.code(-1));
    await expect(page.getByRole('list', { name: 'Recovery codes' })).toBeVisible();
    await shoot('recovery-codes');
    await page.getByRole('button', { name: 'I’ve stored them' }).click();
    await expect(page.getByText('10 of 10 codes left')).toBeVisible();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await shoot('security-app');
    await page.getByRole('link', { name: /^Recovery codes/ }).click();
    await expect(page.getByText('The codes you have now stop working.')).toBeVisible();
    await shoot('recovery-codes-renew');
    await page.goto('/account/security');
    await page.getByRole('button', { name: 'Remove the app' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await shoot('security-app-remove');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();

    await page.goto('/');
    await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
    await page.getByLabel('Email address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(code).toBeVisible();
    await shoot('second-factor');
    await page.getByRole('button', { name: 'Use a recovery code' }).click();
    await expect(page.getByLabel('Recovery code')).toBeFocused();
    await shoot('second-factor-recovery-code');
    await page.getByRole('button', { name: 'Use the authenticator app' }).click();
    await page.getByRole('button', { name: 'Again in 30 days' }).click();
    await code.fill(app.code());
    await expect(page.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();
    await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
    await expect(page).toHaveURL('/sign-in');
    await signIn(page, email);
    await page.goto('/account/security');
    await page.getByRole('button', { name: 'Remove the app' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove the app' }).click();
    await expect(page.getByRole('dialog').getByText('Is that you?')).toBeVisible();
    await shoot('step-up');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.goto('/account/activity');
    await expect(page.getByText('Authenticator app set up', { exact: true })).toBeVisible();
    await shoot('activity');

    const admin = await openBrowser(look.options);
    await signIn(admin, ADMIN.email, ADMIN.password);
    await admin.goto('/admin/users');
    await admin.getByRole('link', { name: new RegExp(email) }).click();
    await admin.getByRole('button', { name: 'Remove factors' }).click();
    await expect(admin.getByRole('dialog')).toContainText('after 24 hours');
    await shoot('user-remove-factors', admin);
    await admin.getByRole('dialog').getByRole('button', { name: 'Remove factors' }).click();
    await expect(admin.getByRole('button', { name: 'Cancel the removal' })).toBeVisible();
    await shoot('user-factors-pending', admin);
    await page.goto('/account/security');
    await expect(page.getByText('An administrator is removing your second factor')).toBeVisible();
    await shoot('security-removal-pending');
  });
}
