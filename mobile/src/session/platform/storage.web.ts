/** Tokens live in httpOnly cookies; all the page keeps is whether it was signed in. */
import { cookieDeviceToken } from '../engine/device-token';
import type { Vault } from '../engine/vault';

const FLAG = 'latchkey.session';

export const deviceToken = cookieDeviceToken;

export function createVault(open: () => Storage = () => window.localStorage): Vault {
  return {
    async read() {
      try {
        return open().getItem(FLAG) === 'signed-in' ? { kind: 'cookie' } : { kind: 'none' };
      } catch {
        // A browser that refuses storage may still hold cookies: let the server answer.
        return { kind: 'cookie' };
      }
    },
    async write(_grant, isWanted) {
      if (isWanted()) quietly(() => open().setItem(FLAG, 'signed-in'));
    },
    async clear() {
      quietly(() => open().removeItem(FLAG));
    },
  };
}

/** The flag only saves a request at the next start; a full or forbidden store may lose it. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // Nothing to do, and nobody to tell.
  }
}
