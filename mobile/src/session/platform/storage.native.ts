import * as SecureStore from 'expo-secure-store';

import { createDeviceToken } from '../engine/device-token';
import { installMarker } from './install-marker';
import { createKeychainVault, type Keychain } from '../engine/keychain-vault';
import { tombstone } from './tombstone';
import type { Vault } from '../engine/vault';

/** Readable while the screen is locked (a refresh may run then), never copied to another device. */
const options: SecureStore.SecureStoreOptions = {
  keychainAccessible: SecureStore.AFTER_FIRST_UNLOCK_THIS_DEVICE_ONLY,
};

const keychainOf = (key: string): Keychain => ({
  get: () => SecureStore.getItemAsync(key, options),
  set: (value) => SecureStore.setItemAsync(key, value, options),
  delete: () => SecureStore.deleteItemAsync(key, options),
});

export const createVault = (): Vault =>
  createKeychainVault(keychainOf('latchkey.refresh-token'), installMarker, tombstone);

export const deviceToken = createDeviceToken(keychainOf('latchkey.device-token'));
