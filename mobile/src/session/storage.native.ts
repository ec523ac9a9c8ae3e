import * as SecureStore from 'expo-secure-store';

import { installMarker } from './install-marker';
import { createKeychainVault } from './keychain-vault';
import { tombstone } from './tombstone';
import type { Vault } from './vault';

const KEY = 'latchkey.refresh-token';

/** Readable while the screen is locked (a refresh may run then), never copied to another device. */
const options: SecureStore.SecureStoreOptions = {
  keychainAccessible: SecureStore.AFTER_FIRST_UNLOCK_THIS_DEVICE_ONLY,
};

export function createVault(): Vault {
  return createKeychainVault(
    {
      get: () => SecureStore.getItemAsync(KEY, options),
      set: (value) => SecureStore.setItemAsync(KEY, value, options),
      delete: () => SecureStore.deleteItemAsync(KEY, options),
    },
    installMarker,
    tombstone,
  );
}
