import { trickyPasswords } from '../src/features/forms/tricky-passwords';
import { expect, newEmail, PASSWORD, signIn, signUp, test } from './support/test';

test('a newcomer signs up, is signed in, and stays so over a reload', async ({ page }) => {
  const email = newEmail();
  await signUp(page, email);
  await expect(page.getByText('Welcome! Your account is ready.')).toBeVisible();
  await expect(page).toHaveTitle('Account · Latchkey');
  await page.goto('/devices');
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Devices and sessions', level: 1 })).toBeVisible();
  await expect(page).toHaveTitle('Devices and sessions · Latchkey');
});

test('signing out asks for the password again, and a reload does not undo it', async ({ page }) => {
  const email = newEmail();
  await signUp(page, email);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Sign in', level: 1, exact: true })).toBeVisible();
  await expect(page.getByText('You are signed out')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Sign in', level: 1, exact: true })).toBeVisible();
  await signIn(page, email);
  await expect(page.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();
});

test('a link that needs an account leads there after signing in', async ({ page }) => {
  const email = newEmail();
  await signUp(page, email);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page).toHaveURL('/sign-in');
  await page.goto('/account/password');
  await expect(page).toHaveURL('/sign-in?returnTo=%2Faccount%2Fpassword');
  await signIn(page, email);
  await expect(page.getByRole('heading', { name: 'Change password', level: 1 })).toBeVisible();
});

test('a forged return address leads home', async ({ page, service }) => {
  const email = newEmail();
  await service.signUp(email, PASSWORD);
  await page.goto('/sign-in?returnTo=%2F%5Cevil.example');
  await signIn(page, email);
  await expect(page).toHaveURL(`${service.url}/`);
});

test('a wrong password says so and keeps what was typed', async ({ page, service, expectFailures }) => {
  expectFailures();
  const email = newEmail();
  await service.signUp(email, PASSWORD);
  await page.goto('/sign-in');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill('not-the-password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('The email address or password is incorrect.');
  await expect(page.getByRole('alert')).toContainText('Request ID:');
  await expect(page.getByLabel('Email address')).toHaveValue(email);
});

test('mistakes are shown at their fields before anything is sent', async ({ page }) => {
  await page.goto('/sign-up');
  await page.getByLabel('Email address').fill('ada');
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByText('Enter an address like name@example.org.')).toBeVisible();
  await expect(page.getByText('Use at least 8 characters.')).toBeVisible();
  await expect(page.getByLabel('Email address')).toBeFocused();
  await expect(page.getByLabel('Email address')).toHaveAttribute('aria-invalid', 'true');
});

test('what the server refuses lands on its field', async ({ page, service, expectFailures }) => {
  expectFailures();
  const email = newEmail();
  await service.signUp(email, PASSWORD);
  await page.goto('/sign-up');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByText('An account with this email address already exists.')).toBeVisible();
  await expect(page.getByLabel('Email address')).toBeFocused();

  await page.getByLabel('Email address').fill(newEmail());
  await page.getByLabel('Password', { exact: true }).fill('iloveyou2');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('aria-invalid', 'true');
});

test('the service judges tricky passwords as the form’s rules do', async ({ service }) => {
  const refusals = { short: /at least 8/, long: /at most 128/, name: /name in your/, common: /most common/ } as const;
  for (const [index, { what, name, password, verdict }] of trickyPasswords.entries()) {
    const answer = await fetch(`${service.url}/api/v1/users`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Client-Type': 'native' },
      body: JSON.stringify({ email: `${name}@tricky${index}.example.org`, password }),
    });
    const { errors = {} } = await answer.json();
    const said = String(errors.password ?? '');
    expect(`${answer.status} ${said}`, what).toMatch(verdict === 'taken' ? /^201 $/ : refusals[verdict]);
  }
});

test('the email address is changed, with the password', async ({ page, expectFailures }) => {
  expectFailures();
  await signUp(page, newEmail());
  await page.getByRole('link', { name: /^Email address/ }).click();
  await expect(page.getByRole('heading', { name: 'Change email address', level: 1 })).toBeFocused();
  const next = newEmail('grace');
  await page.getByLabel('New email address').fill(next);
  await page.getByLabel('Current password', { exact: true }).fill('not-the-password');
  await page.getByRole('button', { name: 'Change address' }).click();
  await expect(page.getByText('This is not your current password.')).toBeVisible();
  await page.getByLabel('Current password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Change address' }).click();
  await expect(page.getByText('Your email address has been changed.')).toBeVisible();
  await expect(page.getByText(next).first()).toBeVisible();
});

test('an account is deleted only with its password', async ({ page, expectFailures }) => {
  const email = newEmail();
  await signUp(page, email);
  await page.getByRole('link', { name: /^Delete account/ }).click();
  await page.getByRole('button', { name: 'Delete my account' }).click();
  await expect(page.getByText('Enter your password.')).toBeVisible();
  const password = page.getByLabel('Current password', { exact: true });
  await expect(password).toHaveAttribute('autocomplete', 'current-password');
  expectFailures();
  await password.fill('not-the-password');
  await page.getByRole('button', { name: 'Delete my account' }).click();
  await expect(page.getByText('This is not your current password.')).toBeVisible();
  await expect(password).toBeFocused();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Delete account', level: 1 })).toBeVisible();
  await password.fill(PASSWORD);
  await page.getByRole('button', { name: 'Delete my account' }).click();
  await expect(page.getByText('Your account is closed')).toBeVisible();
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('The email address or password is incorrect.');
});

test('the back button walks through the pages, and an unknown address says so', async ({ page }) => {
  await signUp(page, newEmail());
  await page.getByRole('link', { name: 'Devices', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Devices and sessions', level: 1 })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();
  await page.goto('/nowhere/at/all');
  await expect(page.getByRole('heading', { name: 'Page not found', level: 1 })).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
  await page.goto('/account');
  await expect(page.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();
});

test('everything can be done in German', async ({ page }) => {
  await signUp(page, newEmail());
  await page.getByRole('button', { name: 'Deutsch' }).click();
  await expect(page.getByRole('heading', { name: 'Konto', level: 1 })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await page.reload();
  await expect(page.getByRole('button', { name: 'Abmelden', exact: true })).toBeVisible();
});
