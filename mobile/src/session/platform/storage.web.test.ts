import { createVault } from './storage';

const grant = { accessToken: null, refreshToken: null, expiresIn: 900 };

beforeEach(() => window.localStorage.clear());

it('remembers across a reload that someone was signed in, and nothing else', async () => {
  await createVault().write(grant, () => true);
  expect(await createVault().read()).toEqual({ kind: 'cookie' });
  expect(Object.values({ ...window.localStorage })).toEqual(['signed-in']);
});

it('forgets it on request', async () => {
  await createVault().write(grant, () => true);
  await createVault().clear();
  expect(await createVault().read()).toEqual({ kind: 'none' });
});

it('asks the server when the browser refuses storage, rather than sign anyone out', async () => {
  const vault = createVault(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  expect(await vault.read()).toEqual({ kind: 'cookie' });
  await expect(vault.write(grant, () => true)).resolves.toBeUndefined();
  await expect(vault.clear()).resolves.toBeUndefined();
});
