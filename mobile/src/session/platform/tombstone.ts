import { File, Paths } from 'expo-file-system';

import type { Tombstone } from '../engine/keychain-vault';

/** The compiler resolves web files first, and there this class is empty. */
type OnDisk = { exists: boolean; create(options: { overwrite: boolean }): void; delete(): void };

const file = () => new File(Paths.document, 'latchkey.signed-out') as unknown as OnDisk;

/** An empty file: it can be written while the keychain refuses, and goes away with the app. */
export const tombstone: Tombstone = {
  isSet: () => file().exists,
  set: () => file().create({ overwrite: true }),
  remove: () => {
    if (file().exists) file().delete();
  },
};
