import Constants from 'expo-constants';

/** What the owner calls this phone, so that it is found again in the list of devices. */
export const deviceName = (): string | null => Constants.deviceName ?? null;
