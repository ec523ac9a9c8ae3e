import { createKeychainVault, type InstallMarker, type Keychain, type Tombstone } from './keychain-vault';
import type { Grant } from './vault';

/** A phone's disk that loses power before, or right after, its n-th write. */
function createPhone() {
  let token: string | null = null;
  let isMarked = false;
  let writesLeft = Infinity;
  let isLocked = false;
  let isBuried = false;
  let isDiskFull = false;
  const write = (work: () => void) => {
    if (writesLeft === 0) throw new Error('the power went');
    writesLeft -= 1;
    work();
  };
  const unlocked = () => {
    if (isLocked) throw new Error('interaction not allowed');
  };
  const keychain: Keychain = {
    get: async () => (unlocked(), token),
    set: async (value) => (unlocked(), write(() => (token = value))),
    delete: async () => (unlocked(), write(() => (token = null))),
  };
  const marker: InstallMarker = {
    isSet: () => !isLocked && isMarked,
    set: () => write(() => (isMarked = true)),
  };
  const tombstone: Tombstone = {
    isSet: () => isBuried,
    set: () => {
      if (isDiskFull) throw new Error('no space left');
      isBuried = true;
    },
    remove: () => void (isBuried = false),
  };
  return {
    start: () => createKeychainVault(keychain, marker, tombstone),
    fillDisk: () => (isDiskFull = true),
    losePowerAfter: (writes: number) => (writesLeft = writes),
    powerUp: () => (writesLeft = Infinity),
    lock: (locked: boolean) => (isLocked = locked),
    reinstall: () => (isMarked = false),
    put: (value: string) => (token = value),
    token: () => token,
  };
}

const grant = (refreshToken: string): Grant => ({ accessToken: 'x', refreshToken, expiresIn: 900 });
const always = () => true;

it('gives back what was written, across a restart', async () => {
  const phone = createPhone();
  await phone.start().write(grant('a.b.c'), always);
  expect(await phone.start().read()).toEqual({ kind: 'token', token: 'a.b.c' });
});

it('clears a keychain left over from a copy that was uninstalled', async () => {
  const phone = createPhone();
  await phone.start().read();
  await phone.start().write(grant('a.b.c'), always);
  phone.reinstall();
  expect(await phone.start().read()).toEqual({ kind: 'none' });
  expect(phone.token()).toBeNull();
});

it('reads nothing into a token: only the server knows what one looks like', async () => {
  const phone = createPhone();
  await phone.start().write(grant('v4.opaque+/='), always);
  expect(await phone.start().read()).toEqual({ kind: 'token', token: 'v4.opaque+/=' });
});

describe('cleared while it is locked', () => {
  async function clearLocked() {
    const phone = createPhone();
    await phone.start().write(grant('a.b.c'), always);
    phone.lock(true);
    await phone.start().clear();
    phone.lock(false);
    return phone;
  }

  it('holds nothing at the next start, and deletes what is left', async () => {
    const phone = await clearLocked();
    expect(phone.token()).toBe('a.b.c');
    expect(await phone.start().read()).toEqual({ kind: 'none' });
    expect(phone.token()).toBeNull();
  });

  it('keeps the next sign-in', async () => {
    const phone = await clearLocked();
    await phone.start().write(grant('d.e.f'), always);
    expect(await phone.start().read()).toEqual({ kind: 'token', token: 'd.e.f' });
  });

  it('says so when there is no room for a note either', async () => {
    const phone = createPhone();
    await phone.start().write(grant('a.b.c'), always);
    phone.lock(true);
    phone.fillDisk();
    await expect(phone.start().clear()).rejects.toThrow('interaction not allowed');
  });
});

it('throws while locked, and neither clears nor loses anything', async () => {
  const phone = createPhone();
  const vault = phone.start();
  await vault.read();
  await vault.write(grant('a.b.c'), always);
  phone.lock(true);
  await expect(phone.start().read()).rejects.toThrow('interaction not allowed');
  phone.lock(false);
  expect(await phone.start().read()).toEqual({ kind: 'token', token: 'a.b.c' });
});

it('does not write for a session that ended meanwhile', async () => {
  const phone = createPhone();
  const vault = phone.start();
  await vault.write(grant('a.b.c'), () => false);
  expect(phone.token()).toBeNull();
});

it('lets a delete that was asked for last win over a slow write', async () => {
  const phone = createPhone();
  const vault = phone.start();
  const writing = vault.write(grant('a.b.c'), always);
  await Promise.all([writing, vault.clear()]);
  expect(await vault.read()).toEqual({ kind: 'none' });
});

describe.each([0, 1, 2, 3])('when the power goes after %i writes', (writes) => {
  it('a first sign-in is either kept whole or did not happen', async () => {
    const phone = createPhone();
    phone.losePowerAfter(writes);
    const vault = phone.start();
    const told = await vault
      .read()
      .then(() => vault.write(grant('a.b.c'), always))
      .then(
        () => true,
        () => false,
      );
    phone.powerUp();
    const stored = await phone.start().read();
    expect(stored).toEqual(told ? { kind: 'token', token: 'a.b.c' } : { kind: 'none' });
  });

  it('a rotation leaves the old token or the new one, never none', async () => {
    const phone = createPhone();
    const vault = phone.start();
    await vault.read();
    await vault.write(grant('old.old.old'), always);
    phone.losePowerAfter(writes);
    await vault.write(grant('new.new.new'), always).catch(() => undefined);
    phone.powerUp();
    expect(await phone.start().read()).toEqual({
      kind: 'token',
      token: writes === 0 ? 'old.old.old' : 'new.new.new',
    });
  });

  it('clearing a left-over keychain is finished at the next start', async () => {
    const phone = createPhone();
    phone.put('left.over.token');
    phone.losePowerAfter(writes);
    await phone.start().read().catch(() => undefined);
    phone.powerUp();
    expect(await phone.start().read()).toEqual({ kind: 'none' });
  });
});
