import { getLocales } from 'expo-localization';

/** In the order of the owner's choice, as the system settings say (for this app, where they can). */
export const deviceLocales = (): string[] => getLocales().map((locale) => locale.languageTag);
