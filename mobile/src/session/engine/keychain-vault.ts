/**
 * The refresh token in the phone's keychain. Two facts shape it: an iOS keychain outlives the app
 * that filled it, and a keychain can be locked while the app runs.
 */
import type { Stored, Vault } from './vault';

export type Keychain = {
  get(): Promise<string | null>;
  set(value: string): Promise<void>;
  delete(): Promise<void>;
};

/** Something that goes away with the app, so that its absence betrays a left-over keychain. */
export type InstallMarker = { isSet(): boolean; set(): void };

/** Outside of the keychain: says that what is in there was signed out while it could not be deleted. */
export type Tombstone = { isSet(): boolean; set(): void; remove(): void };

export function createKeychainVault(keychain: Keychain, marker: InstallMarker, tombstone: Tombstone): Vault {
  let tail: Promise<unknown> = Promise.resolve();
  /** One keychain call at a time: a slow write must not land after a later delete. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = tail.then(work, work);
    tail = turn.catch(() => undefined);
    return turn;
  }

  async function dropLeftOver(): Promise<void> {
    if (marker.isSet()) return;
    // Before the first unlock the marker cannot be read either and looks absent. The keychain
    // throws then, which keeps a good token from being taken for a left-over one.
    await keychain.get();
    await keychain.delete();
    marker.set();
  }

  return {
    read: () =>
      inTurn(async (): Promise<Stored> => {
        await dropLeftOver();
        // First, since a phone that is locked since its start hides the tombstone as well.
        const value = await keychain.get();
        if (tombstone.isSet()) {
          await keychain.delete().then(() => tombstone.remove()).catch(() => undefined);
          return { kind: 'none' };
        }
        return value ? { kind: 'token', token: value } : { kind: 'none' };
      }),
    write: (grant, isWanted) =>
      inTurn(async () => {
        if (!isWanted() || grant.refreshToken === null) return;
        // The marker first: a crash between the two must not make this token a left-over.
        if (!marker.isSet()) marker.set();
        await keychain.set(grant.refreshToken);
        if (tombstone.isSet()) tombstone.remove();
      }),
    clear: () =>
      inTurn(async () => {
        const isMarked = succeeds(() => tombstone.set());
        try {
          await keychain.delete();
        } catch (failure) {
          if (isMarked) return;
          throw failure;
        }
        succeeds(() => tombstone.remove());
      }),
  };
}

function succeeds(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
