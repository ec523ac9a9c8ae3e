/** Small, harmless choices on this phone. The keychain is the one store that is there already. */
import * as SecureStore from 'expo-secure-store';

const PREFIX = 'latchkey.preference.';

export function readPreference(name: string): string | null {
  try {
    return SecureStore.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function writePreference(name: string, value: string): void {
  SecureStore.setItemAsync(PREFIX + name, value).catch(() => undefined);
}
