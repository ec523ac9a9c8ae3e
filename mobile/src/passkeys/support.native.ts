import { requireOptionalNativeModule } from 'expo';

/** The native half of react-native-passkeys, whose other half fails to load where this one is missing, as in Expo Go. */
export type NativePasskeys = {
  isSupported(): boolean;
  create(options: unknown): Promise<unknown>;
  get(options: unknown): Promise<unknown>;
};

export const nativePasskeys = requireOptionalNativeModule<NativePasskeys>('ReactNativePasskeys');

export const hasPasskeys = (): boolean => nativePasskeys?.isSupported() === true;

/** The systems offer passkeys above the keyboard only while a field of their own has the focus. */
export const hasAutofill = (): Promise<boolean> => Promise.resolve(false);

export const usernameOrPasskey = 'username';
