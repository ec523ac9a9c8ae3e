import type { InstallMarker } from '../engine/keychain-vault';

/** Android deletes an app's keystore entries with the app: nothing can be left over. */
export const installMarker: InstallMarker = { isSet: () => true, set: () => undefined };
