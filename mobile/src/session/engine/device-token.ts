/**
 * The service's mark of a known device. It stands for the phone, not for a session, so it outlives
 * signing out. Without it a sign-in only loses its precedence: no failure here may cost more.
 */
import type { Keychain } from './keychain-vault';

export type DeviceToken = {
  /** What a sign-in takes along; nothing when there is no mark. */
  headers(): Promise<Record<string, string>>;
  keep(answer: unknown): Promise<void>;
};

export function createDeviceToken(keychain: Pick<Keychain, 'get' | 'set'>): DeviceToken {
  return {
    async headers(): Promise<Record<string, string>> {
      const token = await keychain.get().catch(() => null);
      return token ? { 'X-Device-Token': token } : {};
    },
    async keep(answer) {
      const { device_token: token } = (answer ?? {}) as { device_token?: unknown };
      if (typeof token === 'string' && token !== '') await keychain.set(token).catch(() => undefined);
    },
  };
}

/** In a browser the mark is a cookie that no script sees. */
export const cookieDeviceToken: DeviceToken = {
  headers: async () => ({}),
  keep: async () => undefined,
};
