import { modelName } from 'expo-device';

/** The phone's model. The name that its owner gave it would tell the server who that is. */
export const deviceName = (): string | null => modelName;
