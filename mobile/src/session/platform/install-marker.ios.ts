import { Settings } from 'react-native';

import type { InstallMarker } from '../engine/keychain-vault';

const KEY = 'latchkey.installed';

/** User defaults are deleted with the app; the keychain is not. */
export const installMarker: InstallMarker = {
  isSet: () => Settings.get(KEY) === 1,
  set: () => Settings.set({ [KEY]: 1 }),
};
