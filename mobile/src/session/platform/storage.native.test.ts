import * as SecureStore from 'expo-secure-store';
import { Platform } from 'react-native';

import { createVault } from './storage';

// The part of a phone that Node lacks: the user defaults of a fresh installation.
jest.mock('react-native/Libraries/Settings/NativeSettingsManager', () => ({
  __esModule: true,
  default: { getConstants: () => ({ settings: {} }), setValues: () => undefined },
}));

const TOKEN = 'aaa.bbb.ccc';
const grant = { accessToken: 'x', refreshToken: TOKEN, expiresIn: 900 };

it('leaves a keychain of an earlier installation behind on the one platform that has such', async () => {
  let stored: string | null = TOKEN;
  jest.spyOn(SecureStore, 'getItemAsync').mockImplementation(async () => stored);
  jest.spyOn(SecureStore, 'deleteItemAsync').mockImplementation(async () => void (stored = null));
  expect(await createVault().read()).toEqual(
    Platform.OS === 'ios' ? { kind: 'none' } : { kind: 'token', token: TOKEN },
  );
});

it('keeps the refresh token for this device only, readable after the first unlock, and no access token', async () => {
  const set = jest.spyOn(SecureStore, 'setItemAsync').mockResolvedValue(undefined);
  await createVault().write(grant, () => true);
  expect(set.mock.calls).toEqual([
    [
      'latchkey.refresh-token',
      TOKEN,
      { keychainAccessible: SecureStore.AFTER_FIRST_UNLOCK_THIS_DEVICE_ONLY },
    ],
  ]);
});
